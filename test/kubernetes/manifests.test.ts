import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { clusterProgramPaths, controlPlanePrograms } from "../../scripts/offline/cluster-programs.ts";
import { root } from "../../scripts/start/stack-project.ts";
import { isolationProbe } from "../../scripts/verify/isolation.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import type { ApiObject } from "./cluster/kubectl.ts";
import { needsCluster, needsIpv6Cluster } from "./cluster/needs.ts";
import { createObjects, defaultStorageClass, storageClass } from "./cluster/objects.ts";
import type { IpFamily } from "./cluster/ranges.ts";
import { applied, applyStrictly, nameOf, renderedManifests, variants } from "./rendered.ts";

/** The fields of an Event that the tests read. */
interface Event extends ApiObject {
  readonly involvedObject: { readonly kind: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** IP families of clusters that are not IPv4-only. Services of a dual-stack cluster get its first family. */
const otherFamilies: Readonly<Partial<Record<string, readonly [IpFamily, ...IpFamily[]]>>> = {
  small: ["IPv6", "IPv4"],
  large: ["IPv4", "IPv6"],
  ipv6: ["IPv6"],
};

for (const [variant, configFile] of Object.entries(variants)) {
  const families = otherFamilies[variant] ?? ["IPv4"];
  const needs = (families[0] === "IPv6" ? needsIpv6Cluster : needsCluster)(...controlPlanePrograms);
  describe(`${variant} on a real API server with ${families.join(" and ")}`, needs, () => {
    let plane: ControlPlane;
    let rendered: Awaited<ReturnType<typeof renderedManifests>>;

    before(async () => {
      rendered = await renderedManifests(configFile);
      plane = await ControlPlane.start({ programs: clusterProgramPaths(), families });
      await createObjects(plane.kubectl, [defaultStorageClass(), storageClass("fast")]);
    });

    after(async () => {
      await plane?.stop();
      rendered?.remove();
    });

    test("strict validation accepts every object without warnings", async () => {
      assert.deepEqual(await applyStrictly(plane.kubectl, rendered.manifests), []);
    });

    test("every Service has an address of the cluster's first family", async () => {
      const services = await plane.kubectl.list<Service>(["services", "--all-namespaces"]);
      const own = services.filter(({ spec }) => spec.type === "ClusterIP");
      assert.ok(own.length > 1);
      for (const service of own) {
        const { clusterIP, ipFamilies } = service.spec;
        assert.deepEqual(ipFamilies, [families[0]], nameOf(service));
        if (clusterIP !== "None") assert.equal(`IPv${isIP(clusterIP)}`, families[0], nameOf(service));
      }
    });

    test("controllers can create every pod: no quota, Pod Security level or account prevents it", async () => {
      await settled();
      const events = await plane.kubectl.list<Event>(["events", "--all-namespaces"]);
      const failures = events
        // These warnings are from the server's own address allocation, which retries after a conflict.
        .filter(({ type, involvedObject: { kind } }) => type === "Warning" && !["Service", "Endpoints"].includes(kind))
        // There is no node, and so nothing is scheduled.
        .filter(({ reason }) => reason !== "FailedScheduling")
        .map(({ reason, message }) => `${reason}: ${message}`);
      assert.deepEqual(failures, []);
      const workloads = await plane.kubectl.list<Workload>(["deployments,statefulsets", "--all-namespaces"]);
      assert.ok(workloads.length > 0);
      for (const workload of workloads) {
        // An ordered StatefulSet starts its second pod only when the first one is ready.
        const expected = workload.spec.podManagementPolicy === "OrderedReady" ? 1 : workload.spec.replicas;
        assert.equal(workload.status.replicas, expected, nameOf(workload));
      }
    });

    test("the probe of npm run verify is accepted by strict validation and by Pod Security, without warnings", async () => {
      const config = readStackFile("prod", configFile ?? join(root, "Pulumi.prod.yaml"), configFile);
      const job = isolationProbe(toSettings(config, { requireSecrets: false }), "10.0.0.7");
      const file = join(rendered.manifests, "..", "isolation-probe.json");
      writeFileSync(file, JSON.stringify(job));
      // Pod Security warns about the pods of Jobs.
      const words = ["create", "--dry-run=server", "--validate=strict", "--output=name", "--filename", file];
      const { code, output } = await plane.kubectl.try(words);
      assert.deepEqual([code, output.replace(/-\w+\n$/, "")], [0, "job.batch/isolation-probe"]);
    });

    test("applying a second time changes no object", async () => {
      await settled();
      const first = await versions();
      await applyStrictly(plane.kubectl, rendered.manifests);
      assert.deepEqual(await versions(), first);
    });

    async function versions(): Promise<Record<string, unknown>> {
      const objects = await applied(plane.kubectl, rendered.manifests);
      return Object.fromEntries(objects.map((object) => [nameOf(object), version(object)]));
    }

    /** Waits until controllers have stopped updating the status of new objects. */
    async function settled(): Promise<void> {
      let last = "";
      for (let unchanged = 0; unchanged < 3; ) {
        await sleep(1000);
        const now = JSON.stringify(await versions());
        unchanged = now === last ? unchanged + 1 : 0;
        last = now;
      }
    }
  });
}

/**
 * Changes with the object. Not the resource version of a claim: the server rewrites a new claim when it is applied again,
 * although nothing in it changes.
 */
function version(object: ApiObject): unknown {
  const { resourceVersion, ...metadata } = object.metadata;
  return object.kind === "PersistentVolumeClaim" ? { ...object, metadata } : resourceVersion;
}

interface Service extends ApiObject {
  readonly spec: { readonly type: string; readonly clusterIP: string; readonly ipFamilies?: readonly string[] };
}

interface Workload extends ApiObject {
  readonly spec: { readonly replicas: number; readonly podManagementPolicy?: string };
  readonly status: { readonly replicas?: number };
}
