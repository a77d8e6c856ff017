import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { findProgram } from "../scripts/lib/find-program.ts";
import { run } from "../scripts/lib/run-command.ts";
import { duration } from "../scripts/lib/step.ts";
import { sandboxMirror } from "../scripts/offline/images.ts";
import { loadAverage, table, timed } from "./measure.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** The programs that take most of the time of a first start. */
const measuredPrograms = ["go", "npx", "mmdebstrap"] as const;

/** Runs `./start.sh --sandbox` on the last commit with cold caches, and again with warm ones. */
export async function benchFresh(): Promise<string> {
  await rejectRunningSandbox();
  const scratch = await mkdtemp(join(tmpdir(), "white-room-fresh-"));
  try {
    const checkout = join(scratch, "checkout");
    await run("git", ["clone", "--quiet", root, checkout]);
    const environment = await emptyCaches(scratch);
    await removeImages();
    const loadBefore = loadAverage();
    const first = await start(checkout, environment);
    const second = await timed(() => start(checkout, environment));
    const stopped = await timed(() => run(join(checkout, "start.sh"), ["--stop"], { cwd: checkout, env: environment }));
    const calls = parseCalls(await readFile(join(scratch, "calls"), "utf8"));
    return report(first, second, stopped, calls, loadBefore);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function rejectRunningSandbox(): Promise<void> {
  const running = await run("docker", ["ps", "--quiet", "--filter", "name=^white-room-sandbox-"]);
  if (running !== "") throw new Error("A sandbox is running: stop it with `./start.sh --stop --sandbox`.");
}

/** Environment with empty caches for downloads and builds, and with wrappers that log the time of the slow programs. */
async function emptyCaches(scratch: string): Promise<Record<string, string>> {
  const bin = join(scratch, "bin");
  await mkdir(bin);
  for (const name of measuredPrograms) {
    const real = findProgram(name, "/usr/sbin");
    if (real === undefined) continue;
    await writeFile(
      join(bin, name),
      [
        "#!/usr/bin/env bash",
        "start=$EPOCHREALTIME",
        `"${real}" "$@"`,
        "code=$?",
        `{ printf 'call\\t%s\\t%s\\t%s\\n' ${name} "$start $EPOCHREALTIME" "$*"; times; } >> "${join(scratch, "calls")}"`,
        "exit $code",
        "",
      ].join("\n"),
    );
    await chmod(join(bin, name), 0o755);
  }
  return {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    WHITE_ROOM_CACHE: join(scratch, "cache"),
    GOCACHE: join(scratch, "go-build"),
    GOMODCACHE: join(scratch, "go-modules"),
    GOFLAGS: `${process.env.GOFLAGS ?? ""} -modcacherw`.trim(),
    XDG_CACHE_HOME: join(scratch, "xdg"),
    npm_config_cache: join(scratch, "npm"),
    DOCKER_CONFIG: join(scratch, "docker"),
    CI: "",
  };
}

async function removeImages(): Promise<void> {
  const list = await run("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", `${sandboxMirror}/*/*`]);
  const shared = await run("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", `${sandboxMirror}/*`]);
  const references = [...new Set(`${list}\n${shared}`.split("\n").filter(Boolean))];
  if (references.length > 0) await run("docker", ["image", "rm", "--force", ...references]);
}

interface Start {
  readonly code: number;
  /** Lines of output with their time in seconds since the start. */
  readonly lines: readonly (readonly [number, string])[];
}

/** Runs start.sh, forwards its output and records the time of each line. */
async function start(checkout: string, environment: Record<string, string>): Promise<Start> {
  const startTime = performance.now();
  const lines: [number, string][] = [];
  const child = spawn(join(checkout, "start.sh"), ["--sandbox"], {
    cwd: checkout,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const seconds = (performance.now() - startTime) / 1000;
    lines.push([seconds, line]);
    log(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
  });
  const { promise, resolve: done } = Promise.withResolvers<number>();
  child.on("close", (code) => done(code ?? 1));
  const code = await promise;
  if (code !== 0) throw new Error(`./start.sh --sandbox failed with exit code ${code}`);
  return { code, lines };
}

interface Call {
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly cpuSeconds: number;
}

/** Parses the log of calls. Each is followed by the output of bash's `times`: the shell's own time and its children's. */
function parseCalls(text: string): Call[] {
  const pattern = /^call\t(\S+)\t([\d.]+) ([\d.]+)\t(.*)\n.*\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/gm;
  return [...text.matchAll(pattern)].map(([, name = "", start, end, args = "", ...times]) => {
    const [userMinutes, user, systemMinutes, system] = times.map(Number) as [number, number, number, number];
    return {
      what: nameCall(name, args),
      start: Number(start),
      end: Number(end),
      cpuSeconds: (userMinutes + systemMinutes) * 60 + user + system,
    };
  });
}

function nameCall(name: string, args: string): string {
  if (name === "mmdebstrap") return "Debian packages";
  if (name === "npx") return "Prometheus UI";
  if (!args.startsWith("build ")) return "Go modules: downloading and listing";
  const packages = args.split(" ").slice(args.split(" ").findIndex((arg) => arg.startsWith("-o=")) + 1);
  return packages.map((path) => (path === "." ? "cadvisor" : (path.split("/").at(-1) ?? ""))).join(", ");
}

function report(first: Start, second: number, stopped: number, calls: readonly Call[], loadBefore: number): string {
  const at = (pattern: RegExp) => {
    const found = first.lines.find(([, line]) => pattern.test(line));
    return found === undefined ? "–" : duration(found[0] * 1000);
  };
  const groups = [...Map.groupBy(calls, ({ what }) => what)].map(([what, group]) => [
    what,
    duration(group.reduce((sum, { start, end }) => sum + end - start, 0) * 1000),
    group.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0).toFixed(0),
  ]);
  const total = calls.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return [
    `\`./start.sh --sandbox\` on ${availableParallelism()} cores; load average before: ${loadBefore.toFixed(1)}.`,
    "",
    table(
      ["", "time since the start"],
      [
        ["metrics, alerts, exporters and the demo healthy", at(/^Up without logs/)],
        ["these verified", at(/^Verified/)],
        ["everything healthy and verified", duration((first.lines.at(-1)?.[0] ?? 0) * 1000)],
        ["second start", duration(second * 1000)],
        ["stop", duration(stopped * 1000)],
      ],
    ),
    "",
    table(["built", "time", "CPU seconds"], [...groups, ["**sum**", "", total.toFixed(0)]]),
  ].join("\n");
}
