import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingSecretNeeds } from "../../config/secrets.ts";
import { toSettings } from "../../config/settings.ts";
import { readStackFile, type StackConfig } from "../../config/stack-file.ts";
import { ControlPlane } from "../../test/kubernetes/cluster/control-plane.ts";
import { type Claim, createObjects, defaultStorageClass, volumeFor } from "../../test/kubernetes/cluster/objects.ts";
import { simulateNodes } from "../../test/kubernetes/cluster/simulated-nodes.ts";
import { registerResources } from "../render/register.ts";
import { controlPlanePrograms, ensureClusterPrograms } from "../sandbox/cluster-programs.ts";
import { writeEmptyProgram, writeFlatProgram } from "./flat-program.ts";
import { inTurn, loadAverage, median, spread, table, timed } from "./measure.ts";
import { type BenchStack, EngineBench, root } from "./stacks.ts";

const previews = 5;
const exporterTargets = 200;
const log = (line: string) => process.stdout.write(`${line}\n`);

type ClusterStack = Extract<BenchStack, "bench-ours" | "bench-flat" | "bench-targets">;

/** Previews of production on a real API server, beside a flat program with the same inputs, an empty one, and one with many exporters. */
export async function benchCluster(): Promise<string> {
  const programs = await ensureClusterPrograms([...controlPlanePrograms, "kwok"], { log });
  const scratch = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const plane = await ControlPlane.start({ programs });
  const folder = (name: string) => join(scratch, name);
  try {
    await simulateNodes(
      plane,
      ["a", "b", "c"].map((zone) => ({ name: `bench-${zone}`, zone })),
    );
    await createObjects(plane.kubectl, [defaultStorageClass()]);
    const before = loadAverage();
    const resources = await registerResources(clusterConfig("bench-flat"), (key) => `bench-${key}`);
    writeFlatProgram(folder("flat"), resources, root, "type stripping");
    writeFlatProgram(folder("flat-ts-node"), resources, root, "ts-node");
    writeEmptyProgram(folder("empty"), root);
    const engine = (stack: ClusterStack, directory: string) => onCluster(stack, directory, folder(directory), plane);
    const ours = await engine("bench-ours", root);
    const flat = await engine("bench-flat", folder("flat"));
    const flatTsNode = flat.withProgram(folder("flat-ts-node"));
    const empty = await engine("bench-ours", folder("empty"));
    const targets = await engine("bench-targets", root);
    const start: Record<string, number> = {};
    for (const [name, bench] of Object.entries({ ours, flat, empty, targets })) {
      start[name] = await timed(() => withVolumes(plane, () => bench.up()));
      log(`  from nothing to all ready, ${name}: ${start[name]?.toFixed(1)} s`);
    }
    const preview = await inTurn(previews, {
      ours: () => ours.preview(),
      flat: () => flat.preview(),
      flatTsNode: () => flatTsNode.preview(),
      empty: () => empty.preview(),
      targets: () => targets.preview(),
    });
    const ratio = (other: readonly number[]) => `${(median(preview.ours) / median(other)).toFixed(2)}×`;
    const load = [before, loadAverage()].map((value) => value.toFixed(1)).join(" and ");
    return [
      `Seconds: median (least–most), ${previews} in turn. ${resources.length} resources, the \`prod\` stack's inputs in each. Load average of the`,
      `machine before and after: ${load}.`,
      "",
      table(
        ["preview without a change", "seconds", "ours beside it", "first `up`, seconds"],
        [
          ["this program", spread(preview.ours), "", seconds(start["ours"])],
          [
            "flat program, same inputs, type stripping",
            spread(preview.flat),
            ratio(preview.flat),
            seconds(start["flat"]),
          ],
          ["flat program, Pulumi's default (ts-node)", spread(preview.flatTsNode), ratio(preview.flatTsNode), ""],
          ["empty program, type stripping", spread(preview.empty), ratio(preview.empty), seconds(start["empty"])],
          [
            `this program, ${exporterTargets} exporters' targets more`,
            spread(preview.targets),
            `${(median(preview.targets) / median(preview.ours)).toFixed(2)}× of it`,
            seconds(start["targets"]),
          ],
        ],
      ),
    ].join("\n");
  } finally {
    await plane.stop();
    rmSync(scratch, { recursive: true });
  }
}

function seconds(value: number | undefined): string {
  return value?.toFixed(1) ?? "";
}

/** Production in namespaces of its own, with every secret that it needs. */
function clusterConfig(stack: ClusterStack): StackConfig {
  const { values, secrets } = readStackFile("prod", join(root, "Pulumi.prod.yaml"));
  const kubernetes = { namespace: stack, agentsNamespace: `${stack}-agents`, protectData: false };
  const exporters = values["exporters"] as { nginx: { targets: object[] } };
  const many = Array.from({ length: exporterTargets }, (_, index) => ({
    name: `edge-${index}`,
    statusUrl: `http://edge-${index}.white-room:8081/stub_status`,
  }));
  const nginx = { ...exporters.nginx, targets: [...exporters.nginx.targets, ...many] };
  const own = { ...values, kubernetes, ...(stack === "bench-targets" && { exporters: { ...exporters, nginx } }) };
  const settings = toSettings({ stack, values: own, secrets }, { requireSecrets: false });
  const needed = missingSecretNeeds(settings, secrets).map(({ key }) => key);
  return { stack, values: own, secrets: new Set([...secrets, ...needed]) };
}

async function onCluster(
  stack: ClusterStack,
  directory: string,
  scratch: string,
  plane: ControlPlane,
): Promise<EngineBench> {
  const { values, secrets } = clusterConfig(stack);
  const environment = { KUBECONFIG: plane.kubectl.kubeconfig };
  const bench = await EngineBench.create(stack, directory, `${scratch}-state`, values, environment);
  for (const key of secrets) {
    const value = key === "heartbeatUrl" ? "https://heartbeat.example/ping" : `bench-${key}`;
    await bench.run(["config", "set", "--secret", key, value]);
  }
  return bench;
}

/** Does the work while every claim that appears gets a volume. */
async function withVolumes(plane: ControlPlane, work: () => Promise<unknown>): Promise<void> {
  const made = new Set<string>();
  let working = true;
  const provide = async () => {
    while (working) {
      const claims = await plane.kubectl.list<Claim>(["persistentvolumeclaims", "--all-namespaces"]);
      const fresh = claims.filter(({ metadata, status }) => status.phase === "Pending" && !made.has(metadata.uid));
      if (fresh.length > 0) {
        const volumes = fresh.map((claim) => volumeFor(claim, { hostPath: { path: "/nowhere" } }));
        await createObjects(plane.kubectl, volumes);
      }
      for (const { metadata } of fresh) made.add(metadata.uid);
      await new Promise((done) => setTimeout(done, 500));
    }
  };
  const providing = provide();
  try {
    await work();
  } finally {
    working = false;
    await providing;
  }
}
