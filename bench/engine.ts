import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/lib/run-command.ts";
import { buildSandboxImages } from "../scripts/offline/images.ts";
import { ensureDockerEngine } from "../scripts/sandbox/docker-engine.ts";
import { writeEmptyProgram, writeFlatProgram } from "./flat-program.ts";
import { interleaved, loadAverage, median, spread, table, timed } from "./measure.ts";
import { benchResources, benchStacks, composeStack, container, EngineBench, root } from "./stacks.ts";
import { cpuSeconds, nodeByModule, type ProcessKind, processKinds } from "./where-time-goes.ts";

const previews = 7;
const starts = 3;
const log = (line: string) => process.stdout.write(`${line}\n`);

/** Previews, first start and a rule change, compared with a flat program, an empty one, and Docker Compose. */
export async function benchEngine(): Promise<string> {
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  const scratch = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const before = loadAverage();
  const resources = await benchResources("bench-flat");
  const programs = (name: string) => join(scratch, name);
  writeFlatProgram(programs("flat"), resources, root, "type stripping");
  writeFlatProgram(programs("flat-ts-node"), resources, root, "ts-node");
  writeEmptyProgram(programs("empty"), root);
  const ours = await EngineBench.create("bench-ours", root, programs("state-ours"));
  const flat = await EngineBench.create("bench-flat", programs("flat"), programs("state-flat"));
  const flatTsNode = flat.withProgram(programs("flat-ts-node"));
  const empty = await EngineBench.create("bench-ours", programs("empty"), programs("state-empty"));
  const compose = await composeStack("bench-compose", programs("rendered"));
  try {
    log("  previews without changes");
    await ours.up();
    await flat.up();
    await empty.up();
    const preview = await interleaved(previews, {
      ours: () => ours.preview(),
      flat: () => flat.preview(),
      flatTsNode: () => flatTsNode.preview(),
      empty: () => empty.preview(),
    });
    for (const [name, seconds] of Object.entries(preview)) log(`    ${name}: ${spread(seconds)}`);
    log("  CPU time of previews");
    const cpu = {
      ours: await cpuSeconds(() => ours.preview()),
      flat: await cpuSeconds(() => flat.preview()),
      empty: await cpuSeconds(() => empty.preview()),
    };
    const modules = await nodeByModule(ours);
    log("  a changed rule");
    const ruleChange = await measureRuleChange(ours);
    await ours.remove();
    await flat.remove();
    const start: Record<"ours" | "flat" | "compose", number[]> = { ours: [], flat: [], compose: [] };
    for (let round = 1; round <= starts; round++) {
      log(`  first start, round ${round} of ${starts}`);
      start.ours.push(await timed(() => ours.up()));
      await ours.remove();
      start.flat.push(await timed(() => flat.up()));
      await flat.remove();
      start.compose.push(await timed(() => compose("up", "--detach", "--wait")));
      await compose("down", "--volumes");
      for (const [name, seconds] of Object.entries(start)) log(`    ${name}: ${spread(seconds)}`);
    }
    const load = [before, loadAverage()].map((value) => value.toFixed(1)).join(" and ");
    return report({ preview, cpu, modules, start, ruleChange, count: resources.length, load });
  } finally {
    await ours.remove();
    await flat.remove();
    await compose("down", "--volumes");
    rmSync(scratch, { recursive: true });
  }
}

/** Seconds from `up` until Prometheus evaluates a new threshold, and whether its container restarted. */
async function measureRuleChange(ours: EngineBench): Promise<{ seconds: number[]; restarted: boolean }> {
  const prometheus = container("bench-ours", "prometheus");
  const identity = () => run("docker", ["inspect", "--format", "{{.Id}} {{.State.StartedAt}}", prometheus]);
  const before = await identity();
  const seconds: number[] = [];
  for (const threshold of ["0.81", "0.82", "0.83"]) {
    await ours.run(["config", "set", "--path", "alerting.rules.HighCpuUsage.threshold", threshold]);
    seconds.push(
      await timed(async () => {
        await ours.up();
        while (!(await currentRule()).includes(threshold)) await new Promise((done) => setTimeout(done, 250));
      }),
    );
  }
  return { seconds, restarted: (await identity()) !== before };
}

async function currentRule(): Promise<string> {
  const response = await fetch(
    `http://127.0.0.1:${9090 + benchStacks["bench-ours"]}/api/v1/rules?rule_name[]=HighCpuUsage`,
  );
  return response.text();
}

interface Results {
  readonly preview: Record<"ours" | "flat" | "flatTsNode" | "empty", number[]>;
  readonly cpu: Record<"ours" | "flat" | "empty", Record<ProcessKind, number>>;
  readonly modules: readonly [module: string, milliseconds: number][];
  readonly start: Record<"ours" | "flat" | "compose", number[]>;
  readonly ruleChange: { readonly seconds: number[]; readonly restarted: boolean };
  readonly count: number;
  readonly load: string;
}

function report({ preview, cpu, modules, start, ruleChange, count, load }: Results): string {
  const ratio = (a: readonly number[], b: readonly number[]) => `${(median(a) / median(b)).toFixed(2)}×`;
  return [
    `Seconds as median (min–max). Each program has the ${count} resources of the stack \`sandbox\`, without container logs. Load average`,
    `before and after: ${load}.`,
    "",
    table(
      [`preview without changes, ${previews} interleaved runs`, "seconds", "this program / it"],
      [
        ["this program", spread(preview.ours), ""],
        ["flat program, same inputs, type stripping", spread(preview.flat), ratio(preview.ours, preview.flat)],
        [
          "flat program, Pulumi's default (ts-node)",
          spread(preview.flatTsNode),
          ratio(preview.ours, preview.flatTsNode),
        ],
        ["empty program, type stripping", spread(preview.empty), ratio(preview.ours, preview.empty)],
      ],
    ),
    "",
    table(
      ["CPU seconds of one preview", ...processKinds],
      (["ours", "flat", "empty"] as const).map((name) => [
        { ours: "this program", flat: "flat program", empty: "empty program" }[name],
        ...processKinds.map((kind) => cpu[name][kind].toFixed(2)),
      ]),
    ),
    "",
    table(
      ["Node's CPU time in one preview of this program, by module", "ms"],
      [
        ...modules.slice(0, shownModules).map(([module, milliseconds]) => [module, milliseconds.toFixed(0)]),
        ["others", sum(modules.slice(shownModules).map(([, milliseconds]) => milliseconds)).toFixed(0)],
      ],
    ),
    "",
    table(
      [`first start until all healthy, images present, ${starts} interleaved runs`, "seconds", "this program / it"],
      [
        ["this program", spread(start.ours), ""],
        ["flat program, same inputs", spread(start.flat), ratio(start.ours, start.flat)],
        ["`docker compose up --wait` on the rendered project", spread(start.compose), ratio(start.ours, start.compose)],
      ],
    ),
    "",
    `From \`up\` until Prometheus evaluates a changed rule: ${spread(ruleChange.seconds)} s, ${ruleChange.restarted ? "with" : "without"} a restart of its container.`,
  ].join("\n");
}

const shownModules = 10;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
