import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readStackFile } from "../../config/stack-file.ts";
import { registerResources } from "../render/register.ts";
import { render } from "../render.ts";
import { run } from "../sandbox/run-command.ts";
import { writeEmptyProgram, writeFlatProgram } from "./flat-program.ts";
import { inTurn, median, spread, table, timed } from "./measure.ts";

const root = resolve(import.meta.dirname, "../..");
const rounds = 7;

/** A program and the stack it is measured with; each its own backend. */
interface Bench {
  readonly directory: string;
  readonly stack: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Previews, a first start and a rule change, beside a flat program with the same inputs, an empty one, and Compose. */
export async function benchEngine(): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const resources = await registerResources(
    readStackFile("sandbox", join(root, "Pulumi.sandbox.yaml")),
    (key) => `bench-${key}`,
  );
  writeFlatProgram(join(scratch, "flat"), resources, root);
  writeEmptyProgram(join(scratch, "empty"), root);
  const ours = await bench(scratch, "ours", root, "sandbox");
  const flat = await bench(scratch, "flat", join(scratch, "flat"), "bench");
  const empty = await bench(scratch, "empty", join(scratch, "empty"), "bench");

  const starts: Record<"ours" | "flat" | "compose", number[]> = { ours: [], flat: [], compose: [] };
  const composeFile = join(scratch, "rendered", "compose.yaml");
  await render("sandbox", join(scratch, "rendered"), { withSecrets: true });
  for (let round = 0; round < 3; round++) {
    starts.ours.push(await timed(() => operation(ours, "up", "--yes", "--skip-preview")));
    if (round < 2) await remove(ours);
    else break;
  }
  const unchanged = await inTurn(rounds, {
    ours: () => operation(ours, "preview", "--expect-no-changes"),
    empty: () => operation(empty, "preview"),
  });
  const ruleChange = await measureRuleChange(ours);
  await remove(ours);

  for (let round = 0; round < 3; round++) {
    starts.flat.push(await timed(() => flatUp(flat)));
    if (round < 2) await remove(flat);
  }
  const flatUnchanged = await inTurn(rounds, {
    flat: () => operation(flat, "preview", "--expect-no-changes"),
    empty: () => operation(empty, "preview"),
  });
  await remove(flat);
  for (let round = 0; round < 3; round++) {
    starts.compose.push(
      await timed(() => run("docker", ["compose", "--file", composeFile, "up", "--detach", "--wait"])),
    );
    await run("docker", ["compose", "--file", composeFile, "down", "--volumes"]);
  }
  return report({ unchanged: { ...unchanged, flat: flatUnchanged.flat }, starts, ruleChange, count: resources.length });
}

async function bench(scratch: string, name: string, directory: string, stack: string): Promise<Bench> {
  const state = join(scratch, "state", name);
  mkdirSync(state, { recursive: true });
  const environment = {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_ERROR_OUTPUT_STRING: "true",
  };
  const stackFile = join(directory, `Pulumi.${stack}.yaml`);
  const before = directory === root ? readFileSync(stackFile, "utf8") : undefined;
  await run("pulumi", ["stack", "init", stack, "--non-interactive"], { cwd: directory, env: environment });
  const configFile = join(scratch, `${name}.yaml`);
  writeFileSync(configFile, readFileSync(stackFile, "utf8"));
  if (before !== undefined) writeFileSync(stackFile, before);
  return { directory, stack, words: ["--stack", stack, "--config-file", configFile, "--non-interactive"], environment };
}

function operation({ directory, words, environment }: Bench, ...what: readonly string[]): Promise<string> {
  return run("pulumi", [...what, ...words], { cwd: directory, env: environment });
}

/** The flat program's services wait for health as ours do; its random passwords differ from the literals in its files. */
function flatUp(flat: Bench): Promise<string> {
  return operation(flat, "up", "--yes", "--skip-preview");
}

async function remove(stack: Bench): Promise<void> {
  await operation(stack, "destroy", "--yes", "--skip-preview");
  const volumes = (await run("docker", ["volume", "ls", "--quiet", "--filter", "name=white-room-"]))
    .split("\n")
    .filter(Boolean);
  if (volumes.length > 0) await run("docker", ["volume", "rm", ...volumes]);
}

/** Seconds from `up` to the new threshold in the rules Prometheus evaluates, and how often its container restarted. */
async function measureRuleChange(ours: Bench): Promise<{ seconds: number[]; restarts: number }> {
  const identity = () =>
    run("docker", ["inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "white-room-sandbox-prometheus"]);
  const before = await identity();
  const all: number[] = [];
  for (const threshold of ["0.81", "0.82", "0.83"]) {
    await operation(ours, "config", "set", "--path", "alerting.rules.HighCpuUsage.threshold", threshold);
    all.push(
      await timed(async () => {
        await operation(ours, "up", "--yes", "--skip-preview");
        while (!(await currentRule()).includes(threshold)) await new Promise((done) => setTimeout(done, 250));
      }),
    );
  }
  return { seconds: all, restarts: (await identity()) === before ? 0 : 1 };
}

async function currentRule(): Promise<string> {
  const answer = await fetch("http://127.0.0.1:9090/api/v1/rules?rule_name[]=HighCpuUsage");
  return answer.text();
}

interface Results {
  readonly unchanged: Record<"ours" | "flat" | "empty", number[]>;
  readonly starts: Record<"ours" | "flat" | "compose", number[]>;
  readonly ruleChange: { readonly seconds: number[]; readonly restarts: number };
  readonly count: number;
}

function report({ unchanged, starts, ruleChange, count }: Results): string {
  const ratio = (a: readonly number[], b: readonly number[]) => `${(median(a) / median(b)).toFixed(2)}×`;
  return [
    `Seconds: median (least–most). ${count} resources, the \`sandbox\` stack's inputs in each.`,
    "",
    table(
      ["preview without a change", "seconds", "ours beside it"],
      [
        ["this program", spread(unchanged.ours), ""],
        ["flat program, same inputs", spread(unchanged.flat), ratio(unchanged.ours, unchanged.flat)],
        ["empty program", spread(unchanged.empty), ratio(unchanged.ours, unchanged.empty)],
      ],
    ),
    "",
    table(
      ["from nothing to all healthy, images present", "seconds", "ours beside it"],
      [
        ["this program", spread(starts.ours), ""],
        ["flat program, same inputs", spread(starts.flat), ratio(starts.ours, starts.flat)],
        [
          "`docker compose up --wait` on the rendered project",
          spread(starts.compose),
          ratio(starts.ours, starts.compose),
        ],
      ],
    ),
    "",
    `A changed rule, from \`up\` to Prometheus evaluating it: ${spread(ruleChange.seconds)} s, ${ruleChange.restarts} restarts.`,
  ].join("\n");
}
