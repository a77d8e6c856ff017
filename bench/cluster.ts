import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingSecretNeeds } from "../config/settings/secrets.ts";
import { toSettings } from "../config/settings/settings.ts";
import { readStackFile, type StackConfig } from "../config/settings/stack-file.ts";
import { controlPlanePrograms, ensureClusterPrograms } from "../scripts/offline/cluster-programs.ts";
import { registerResources } from "../scripts/render/register.ts";
import { ControlPlane } from "../test/kubernetes/cluster/control-plane.ts";
import { type Claim, createObjects, defaultStorageClass, volumeFor } from "../test/kubernetes/cluster/objects.ts";
import { simulateNodes } from "../test/kubernetes/cluster/simulated-nodes.ts";
import { writeEmptyProgram, writeFlatProgram } from "./flat-program.ts";
import { interleaved, loadAverage, median, spread, table, timed } from "./measure.ts";
import { type BenchStack, EngineBench, root, withoutEngineLog } from "./stacks.ts";

const previews = 7;
const exporterTargets = 200;
const log = (line: string) => process.stdout.write(`${line}\n`);

type Measured = "ours" | "flat" | "flatTsNode" | "empty" | "targets";
type Previews = Readonly<Record<Measured, readonly number[]>>;
type ClusterStack = Extract<BenchStack, "bench-ours" | "bench-flat" | "bench-targets">;

/** Previews of production on a real API server, compared with a flat program, an empty one, and many exporters. */
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
    const start: Partial<Record<Measured, number>> = {};
    const benches = { ours, flat, flatTsNode, empty, targets };
    for (const name of ["ours", "flat", "empty", "targets"] as const) {
      start[name] = await timed(() => withVolumes(plane, () => benches[name].up()));
      log(`  first up, ${name}: ${start[name].toFixed(1)} s`);
    }
    const environments = [{}, withoutEngineLog(folder("home"))];
    const found = await previewsOf(benches, environments);
    const load = [before, loadAverage()].map((value) => value.toFixed(1)).join(" and ");
    const row = (label: string, name: Measured) => [
      label,
      ...found.flatMap((each) => [spread(each[name]), ratio(each, name)]),
      start[name]?.toFixed(1) ?? "",
    ];
    return [
      `Seconds as median (min–max) of ${previews} interleaved runs. Each program has the ${resources.length} resources of the stack \`prod\`. Load average`,
      `before and after: ${load}.`,
      "",
      table(
        [
          "preview without changes",
          "seconds",
          "this program / it",
          "without the engine log",
          "this program / it",
          "first `up`, seconds",
        ],
        [
          row("this program", "ours"),
          row("flat program, same inputs, type stripping", "flat"),
          row("flat program, Pulumi's default (ts-node)", "flatTsNode"),
          row("empty program, type stripping", "empty"),
          row(`this program with ${exporterTargets} more exporter targets`, "targets"),
        ],
      ),
    ].join("\n");
  } finally {
    await plane.stop();
    rmSync(scratch, { recursive: true });
  }
}

/** Durations of interleaved previews in seconds, for each environment and program. */
async function previewsOf(
  programs: Readonly<Record<Measured, EngineBench>>,
  environments: readonly Readonly<Record<string, string>>[],
): Promise<Previews[]> {
  const names = Object.keys(programs) as Measured[];
  const works = environments.flatMap((environment, index) =>
    names.map((name) => [`${name} ${index}`, () => programs[name].preview(environment)] as const),
  );
  const found = await interleaved(previews, Object.fromEntries(works));
  return environments.map((_, index) => {
    const of = (name: Measured) => found[`${name} ${index}`] ?? [];
    return {
      ours: of("ours"),
      flat: of("flat"),
      flatTsNode: of("flatTsNode"),
      empty: of("empty"),
      targets: of("targets"),
    };
  });
}

/** Duration of this program relative to another one; for the larger stack, the reverse. */
function ratio(found: Previews, name: Measured): string {
  if (name === "ours") return "";
  const [ours, other] = [median(found.ours), median(found[name])];
  return name === "targets" ? `${(other / ours).toFixed(2)}× this program` : `${(ours / other).toFixed(2)}×`;
}

/** Production config in separate namespaces, with all required secrets. */
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

/** Runs work while provisioning a volume for every new claim. */
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
