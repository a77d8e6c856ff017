import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toYaml } from "../../config/file.ts";
import { clusterProgramPaths, controlPlanePrograms } from "../../scripts/offline/cluster-programs.ts";
import { objectsOf, production } from "../components/kubernetes-objects.ts";
import { registered, stackConfig } from "../components/stack.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import { needsGatewayApi } from "./cluster/needs.ts";
import { createObjects, defineGatewayApi } from "./cluster/objects.ts";

/* Does not test a controller that serves these routes. */
describe("Gateways and routes on a real API server", needsGatewayApi(...controlPlanePrograms), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-routes-"));
  let plane: ControlPlane;

  before(async () => {
    plane = await ControlPlane.start({ programs: clusterProgramPaths() });
    await defineGatewayApi(plane.kubectl);
    await createObjects(plane.kubectl, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } }]);
  });
  after(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true });
  });

  test("strict validation accepts them, and a second time nothing changes", async () => {
    const prod = stackConfig("prod").values as Record<string, object>;
    const config = {
      metrics: { ...prod["metrics"], externalUrl: "https://prometheus.example.com" },
      tracing: { enabled: true, url: "https://grafana.example.com/jaeger" },
      visualization: {
        url: "https://grafana.example.com",
        ingress: {
          ...{ enabled: true, kind: "gateway", className: "shared", tlsSecretName: "grafana-tls" },
          annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
        },
      },
      kubernetes: {
        ...prod["kubernetes"],
        pages: {
          publish: ["prometheus", "alertmanager", "jaeger"],
          kind: "gateway",
          gateway: { name: "shared", namespace: "gateways", sectionName: "https" },
          annotations: { "external-dns.alpha.kubernetes.io/ttl": "60" },
          auth: { filters: [{ group: "traefik.io", kind: "Middleware", name: "sign-in" }] },
        },
      },
    };
    const objects = objectsOf(await registered(production(config))).filter(({ kind }) =>
      ["Gateway", "HTTPRoute"].includes(kind),
    );
    const names = ["grafana", "prometheus", "alertmanager", "jaeger"].map(
      (name) => `httproute.gateway.networking.k8s.io/${name}`,
    );
    const file = join(folder, "objects.yaml");
    writeFileSync(file, objects.map(toYaml).join("---\n"));
    const apply = ["apply", "--server-side", "--validate=strict", "--output=name", "--filename", file];
    const applied = (await plane.kubectl.run(apply)).trim().split("\n");
    assert.deepEqual(applied.sort(), ["gateway.gateway.networking.k8s.io/grafana", ...names].sort());
    // Not their resource versions: the server stores the default status of a Gateway at its second write.
    const versions = async () =>
      (await plane.kubectl.list(["--filename", file])).map(({ metadata }) => metadata.generation);
    const before = await versions();
    await plane.kubectl.run(apply);
    assert.deepEqual(await versions(), before);
    assert.deepEqual(
      before,
      before.map(() => 1),
    );
  });
});
