import assert from "node:assert/strict";
import { test } from "node:test";
import { connections, policies } from "./kubernetes-connections.ts";
import { objectsOf, production } from "./kubernetes-objects.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const remote = [{ name: "central", url: "https://logs.example.com/loki/api/v1/push", auth: "bearer" }];
const key = "logsRemoteToken-central";
const prod = stackConfig("prod").values as Record<string, Record<string, unknown>>;
const logs = { ...prod["logs"], collector: "promtail", remote, sources: { events: { enabled: true } } };
const config = production({ logs });
const resources = await registered(config);
const objects = objectsOf(resources);
const name = "events-collector";

/** Objects of a kind, as they are sent to the API server. */
function ofKind(kind: string): Record<string, unknown>[] {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(name));
  return found as unknown as Record<string, unknown>[];
}

test("one unprivileged pod reads events, and has no volume", () => {
  assert.deepEqual([ofKind("StatefulSet"), ofKind("DaemonSet"), ofKind("PersistentVolumeClaim")], [[], [], []]);
  const [{ spec } = {}] = ofKind("Deployment") as { spec?: Deployment }[];
  const { replicas, template } = spec ?? {};
  const { serviceAccountName, automountServiceAccountToken, securityContext } = template?.spec ?? {};
  assert.deepEqual(
    [replicas, serviceAccountName, automountServiceAccountToken, securityContext?.runAsUser],
    [1, name, true, 473],
  );
});

test("its account may only get, list and watch events", () => {
  const watch = { apiGroups: [""], resources: ["events"], verbs: ["get", "list", "watch"] };
  assert.deepEqual(
    ofKind("ClusterRole").map(({ rules }) => rules),
    [[watch]],
  );
});

test("it reaches the API server, Loki and logs.remote, and only Prometheus reaches it", async () => {
  const found = await policies(config);
  const ends = [...connections(found, "egress"), ...connections(found, "ingress")];
  const own = ends.filter((line) => line.includes(`/${name} `) && !/ 53(?:\/UDP)?$/.test(line));
  assert.deepEqual([...new Set(own)].sort(), [
    "monitoring/events-collector → 0.0.0.0/0 443",
    "monitoring/events-collector → 0.0.0.0/0 6443",
    "monitoring/events-collector → ::/0 443",
    "monitoring/events-collector → ::/0 6443",
    "monitoring/events-collector → anyone 443",
    "monitoring/events-collector → monitoring/loki 3100",
    "monitoring/prometheus → monitoring/events-collector 12345",
  ]);
});

test("the secrets of logs.remote are only in files of both collectors", () => {
  const inFiles = [`${name}-secrets ${key} ${canary}-${key}`, `promtail-secrets ${key} ${canary}-${key}`];
  assert.deepEqual(secretFiles(resources, `(?:${name}|promtail)`, [key]), inFiles);
});

interface Deployment {
  readonly replicas: number;
  readonly template: {
    readonly spec: {
      readonly serviceAccountName: string;
      readonly automountServiceAccountToken: boolean;
      readonly securityContext: { readonly runAsUser: number };
    };
  };
}
