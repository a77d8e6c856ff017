import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { dump, load } from "js-yaml";
import { findProgram } from "../../../scripts/lib/find-program.ts";
import { clusterPrograms } from "../../../scripts/offline/cluster-programs.ts";
import { until } from "../../logs/programs.ts";
import { needsCluster } from "../cluster/needs.ts";
import { createObjects } from "../cluster/objects.ts";
import type {
  LokiAnswer,
  LokiStream,
  PagerDutyEvent,
  QueryAnswer,
  RulesAnswer,
  Target,
  TargetsAnswer,
} from "./answers.ts";
import { applicationNamespace } from "./applications.ts";
import { RealCluster } from "./real-cluster.ts";

const configFile = join(import.meta.dirname, "stack.yaml");
const prometheusPort = 9090;
const alertmanagerPort = 9093;
// Alloy is in no package registry: the node has an image of it only if it is on PATH.
const withoutAlloy = findProgram("alloy") === undefined && "there is no alloy on PATH";
const alertmanagers = ["alertmanager-0", "alertmanager-1", "alertmanager-2"];

describe("production as pods on a real node", needsCluster(...clusterPrograms), () => {
  let cluster: RealCluster;

  before(async () => {
    cluster = await RealCluster.start((line) => process.stdout.write(`${line}\n`));
    await cluster.apply(configFile);
  });

  after(() => cluster?.stop());

  test("every pod becomes ready", async () => {
    await cluster.allReady(240);
  });

  test("Prometheus discovers every component of the stack and the cluster, and all targets are up", async () => {
    const expected = [
      ...["alertmanager", "alertmanager", "alertmanager", "apiserver", "cadvisor", "collector", "kube-state-metrics"],
      ...["kubelet", "loki", "nginx", "node", "prometheus", "prometheus", "studio"],
    ];
    const summary = async () => (await targets()).map(({ labels, health }) => `${labels["job"]} ${health}`).sort();
    await eventually(
      summary,
      expected.map((job) => `${job} up`),
      120,
    );
  });

  test("an annotated application is a target, with the job name from its pod's label", async () => {
    const found = (await targets()).find(({ labels }) => labels["job"] === "studio");
    const { instance, namespace, pod, service } = found?.labels ?? {};
    assert.deepEqual(
      { instance, namespace, pod, service },
      {
        instance: "white-room/studio:8000",
        namespace: "white-room",
        pod: "studio",
        service: "studio",
      },
    );
    assert.deepEqual(await query("studio_sessions"), ["7"]);
  });

  test("a pod's line is in Loki with the pod's labels", async () => {
    await until("Loki has a line", async () => (await studioLines()).length > 0, 90);
    assertStudioLine((await studioLines())[0]);
  });

  test("other pods cannot connect to the stack until a policy allows it", async () => {
    const address = "http://prometheus.monitoring.svc.cluster.local:9090/-/ready";
    const reached = async () => (await cluster.reaches(applicationNamespace, "studio", address)).reached;
    assert.equal(await reached(), false);
    await createObjects(cluster.kubectl, [letIn]);
    try {
      await until("the policy lets the application in", reached, 60);
    } finally {
      await cluster.kubectl.run(["delete", "networkpolicy", letIn.metadata.name, "--namespace", "monitoring"]);
    }
    await until("without the policy it is kept out again", async () => !(await reached()), 60);
  });

  test("only the stack's own connections are open", async () => {
    const reached = async (pod: string, url: string) => (await cluster.reaches("monitoring", pod, url)).reached;
    const studio = await cluster.pods(applicationNamespace);
    const { podIP } = studio.find(({ metadata }) => metadata.name === "studio")?.status ?? {};
    assert.deepEqual(
      {
        "Prometheus to Alertmanager": await reached("prometheus-0", "http://alertmanager:9093/-/ready"),
        "Prometheus to an annotated pod": await reached("prometheus-0", `http://${podIP}:8000/metrics`),
        "Alertmanager to its receiver": await reached("alertmanager-0", "http://receiver.white-room:8080/"),
        "Loki to Prometheus": await reached("loki-0", "http://prometheus:9090/-/ready"),
        "Loki to an annotated pod": await reached("loki-0", `http://${podIP}:8000/metrics`),
        "Alertmanager to Loki": await reached("alertmanager-0", "http://loki:3100/ready"),
      },
      {
        "Prometheus to Alertmanager": true,
        "Prometheus to an annotated pod": true,
        "Alertmanager to its receiver": true,
        "Loki to Prometheus": false,
        "Loki to an annotated pod": false,
        "Alertmanager to Loki": false,
      },
    );
  });

  test("killing an Alertmanager loses no silence, and nobody is notified twice", async () => {
    const comment = "must outlive its Alertmanager";
    const silence = ["silence", "add", "alertname=Silenced", "--author=test", `--comment=${comment}`, "--duration=1h"];
    await amtool("alertmanager-0", silence);
    const silenced = (pod: string) => async () => {
      const silences = await cluster.get<{ comment: string }[]>(pod, alertmanagerPort, "/api/v2/silences");
      return silences.some((found) => found.comment === comment);
    };
    for (const pod of alertmanagers) await until(`${pod} knows the silence`, silenced(pod));

    await raise(alertmanagers);
    await until("the receiver is notified", async () => (await notified()).length > 0);
    await cluster.kubectl.run([
      "delete",
      "pod",
      "alertmanager-0",
      "--namespace",
      "monitoring",
      "--grace-period=0",
      "--force",
    ]);
    // Like Prometheus: to every replica that answers, repeatedly.
    for (let round = 0; round < 9; round++) {
      await raise(["alertmanager-1", "alertmanager-2"]);
      await sleep(5_000);
    }
    await cluster.allReady(120);
    await until("the new alertmanager-0 knows the silence", silenced("alertmanager-0"));
    await raise(alertmanagers);
    // Longer than the group's interval.
    await sleep(20_000);
    assert.deepEqual(await notified(), ["Loud trigger"]);
  });

  test("a changed threshold applies without a restart", async () => {
    const { before, after } = await afterChange({ rules: { HighCpuUsage: { threshold: 0.123 } } }, async () => {
      for (const pod of ["prometheus-0", "prometheus-1"]) {
        const { data } = await cluster.get<RulesAnswer>(pod, prometheusPort, "/api/v1/rules?rule_name[]=HighCpuUsage");
        if (!JSON.stringify(data).includes("0.123")) return false;
      }
      return true;
    });
    assert.deepEqual(after, before);
  });

  test("a changed wait applies without a restart", async () => {
    const waits = { critical: { groupWait: "1s", groupInterval: "11s", repeatInterval: "1h" } };
    const { before, after } = await afterChange({ waits }, async () => {
      for (const pod of alertmanagers) {
        const { config } = await cluster.get<{ config: { original: string } }>(pod, alertmanagerPort, "/api/v2/status");
        if (!config.original.includes("group_interval: 11s")) return false;
      }
      return true;
    });
    assert.deepEqual(after, before);
  });

  test("a rotated key is used by the next page without a restart", async () => {
    const before = await running();
    const rotated = JSON.stringify({ stringData: { pagerdutyCriticalKey: "rotated" } });
    const secret = ["secret", "alertmanager-secrets", "--namespace", "monitoring"];
    await cluster.kubectl.run(["patch", ...secret, "--patch", rotated]);
    for (const pod of alertmanagers) {
      const read = ["exec", "--namespace", "monitoring", pod, "--container", "alertmanager", "--", "cat"];
      const file = "/etc/alertmanager/secrets/pagerdutyCriticalKey";
      const arrived = async () => (await cluster.kubectl.run([...read, file])) === "rotated";
      await until(`${pod} has the new key`, arrived, 120);
    }
    await raise(alertmanagers, ["Rotated"]);
    const keys = async () => (await events("Rotated")).map(({ routing_key }) => routing_key);
    await until("the receiver is notified", async () => (await keys()).length > 0);
    assert.deepEqual(await keys(), ["rotated"]);
    assert.deepEqual(await running(), before);
  });

  test("Alloy collects a pod's lines as Promtail does", { skip: withoutAlloy }, async () => {
    await cluster.applyConfig(config("logs", { collector: "alloy" }));
    await cluster.kubectl.run(["delete", "daemonset", "promtail", "--namespace", "monitoring-agents", "--wait"]);
    await cluster.allReady(120);
    const since = Date.now();
    await until("Loki has a new line", async () => (await studioLines(since)).length > 0, 90);
    assertStudioLine((await studioLines(since))[0]);
  });

  /**
   * Applies the config with these keys of `alerting`, and waits until the change is in force. Returns the containers that ran
   * before and after, except those of completed checks.
   */
  async function afterChange(alerting: Record<string, unknown>, shows: () => Promise<boolean>) {
    const before = await running();
    await cluster.applyConfig(config("alerting", alerting));
    await until("the change is in force", shows, 180);
    return { before, after: await running() };
  }

  async function running(): Promise<string[]> {
    const pods = await cluster.pods("monitoring");
    return pods
      .filter(({ status }) => status.phase !== "Succeeded")
      .flatMap(({ metadata, status }) =>
        (status.containerStatuses ?? []).map(
          ({ name, restartCount }) => `${metadata.name} ${metadata.uid} ${name}: ${restartCount} restarts`,
        ),
      )
      .sort();
  }

  async function targets(): Promise<Target[]> {
    const { data } = await cluster.get<TargetsAnswer>("prometheus-0", prometheusPort, "/api/v1/targets?state=active");
    return data.activeTargets;
  }

  async function query(expression: string): Promise<string[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    const { data } = await cluster.get<QueryAnswer>("prometheus-0", prometheusPort, path);
    return data.result.map(({ value }) => value[1]);
  }

  /** The application's newest line since a time, with its labels. */
  async function studioLines(since = 0): Promise<LokiStream[]> {
    const selector = encodeURIComponent('{namespace="white-room", container="studio"} |= `studio line`');
    const start = since > 0 ? `&start=${since}000000` : "";
    const path = `/loki/api/v1/query_range?limit=1&query=${selector}${start}`;
    const { data } = await cluster.get<LokiAnswer>("loki-0", 3100, path);
    return data.result;
  }

  /** Posts alerts; by default one that is silenced and one that is not. */
  async function raise(pods: readonly string[], names = ["Silenced", "Loud"]): Promise<void> {
    const labels = ["severity=critical", "priority=p0", "team=platform", "service=studio", "env=prod"];
    for (const pod of pods) {
      for (const name of names) {
        const annotations = [`--annotation=summary=${name}`, "--annotation=description=Raised by a test."];
        await amtool(pod, ["alert", "add", name, ...labels, "cluster=white-room", ...annotations]);
      }
    }
  }

  function amtool(pod: string, words: readonly string[]): Promise<string> {
    const url = `--alertmanager.url=http://localhost:${alertmanagerPort}`;
    const inPod = ["exec", "--namespace", "monitoring", pod, "--container", "alertmanager", "--"];
    return cluster.kubectl.run([...inPod, "amtool", ...words, url]);
  }

  /** Notifications about the alerts that are raised twice. */
  async function notified(): Promise<string[]> {
    const told = await Promise.all(
      ["Silenced", "Loud"].map(async (name) =>
        (await events(name)).map(({ event_action }) => `${name} ${event_action}`),
      ),
    );
    return told.flat();
  }

  async function events(alertname: string): Promise<PagerDutyEvent[]> {
    const all = await cluster.get<PagerDutyEvent[]>("receiver", 8080, "/", applicationNamespace);
    return all.filter(({ payload }) => JSON.stringify(payload ?? {}).includes(alertname));
  }
});

/** The stack's config with these keys of a section replaced. */
function config(section: string, values: Record<string, unknown>): string {
  const { config } = load(readFileSync(configFile, "utf8")) as { config: Record<string, object> };
  const key = `white-room-monitoring:${section}`;
  return dump({ config: { ...config, [key]: { ...config[key], ...values } } });
}

function assertStudioLine(stream: LokiStream | undefined): void {
  const { namespace, container, pod, service, level } = stream?.stream ?? {};
  assert.deepEqual(
    { namespace, container, pod, service, level },
    { namespace: "white-room", container: "studio", pod: "studio", service: "studio", level: "warn" },
  );
  assert.match(stream?.values[0]?.[1] ?? "", /studio line \d+/);
}

/** Waits until `found` returns the expected value; if it never does, fails with the difference. */
async function eventually<T>(found: () => Promise<T>, expected: T, seconds: number): Promise<void> {
  const same = async () => JSON.stringify(await found()) === JSON.stringify(expected);
  await until("the expected value", same, seconds).catch(() => {});
  assert.deepEqual(await found(), expected);
}

const letIn = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "application-to-prometheus", namespace: "monitoring" },
  spec: {
    podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
    ingress: [
      { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": applicationNamespace } } }] },
    ],
  },
} as const;
