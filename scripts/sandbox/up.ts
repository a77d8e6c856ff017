import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toYaml } from "../../config/file.ts";
import type { ImageName } from "../../config/products/images.ts";
import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { parseStackFile, project, readStackFile } from "../../config/settings/stack-file.ts";
import { duration, type Log, tryRun } from "../lib/run-command.ts";
import { downloadBinaries } from "../offline/binaries.ts";
import { announce, buildSpaceProblems } from "../offline/build-plan.ts";
import { cacheFolder } from "../offline/cache.ts";
import {
  buildSandboxImages,
  missingPrograms,
  needsRootFileSystem,
  needsViewer,
  sandboxImages,
} from "../offline/images.ts";
import { composeUp, root } from "./compose-stack.ts";
import { ensureCompose, ensureDockerDaemon } from "./docker-engine.ts";

export const sandboxConfig = join(root, "Pulumi.sandbox.yaml");

/** Config of the first wave, used while the second one is being built. */
const configWithoutLogs = join(root, ".pulumi-local", "sandbox-without-logs.yaml");

export interface UpOptions {
  readonly configFile?: string | undefined;
  /** Whether to verify each wave. */
  readonly verify: boolean;
  readonly log: Log;
}

/**
 * Builds missing programs and starts the sandbox. If Loki or its collector must be built, the other services start first
 * and these two are added later. Returns whether all checks passed.
 */
export async function sandboxUp({ configFile = sandboxConfig, verify, log }: UpOptions): Promise<boolean> {
  const start = performance.now();
  const settings = sandboxSettings(configFile);
  await ensureDockerDaemon(log);
  const logImages: ImageName[] = settings.logs.enabled
    ? [...(hasLoki(settings) ? (["loki"] as const) : []), settings.logs.collector]
    : [];
  const names = Object.keys(sandboxImages()) as ImageName[];
  const unused: ImageName[] = settings.visualization.viewer.enabled ? [] : ["viewer"];
  const others = names.filter((name) => !["loki", "promtail", "alloy", ...unused].includes(name));
  const late = missingPrograms(logImages);
  await announceBuilds(others, logImages, log);

  await Promise.all([
    ensureCompose(log),
    buildSandboxImages({ names: late.length > 0 ? others : [...others, ...logImages], log }),
  ]);
  if (late.length === 0) {
    await composeUp(configFile, log);
    printAddresses(settings, log);
    return finish(configFile, verify, start, log);
  }

  const first = writeWithoutLogs(configFile);
  const downloads = downloadBinaries(late);
  await composeUp(first, log);
  printAddresses(settings, log);
  log(`Up without logs after ${duration(performance.now() - start)}. Building ${late.join(" and ")} …\n`);
  // Verification mostly waits for data, so build meanwhile.
  const [built, verified] = await Promise.allSettled([
    buildSandboxImages({ names: logImages, log }),
    verify ? verifyStack(first, "10m", log) : true,
    downloads,
  ]);
  if (built.status === "rejected") {
    throw new Error(`${(built.reason as Error).message}\n\nEverything else is running, without logs.`);
  }
  if (verified.status === "rejected") throw verified.reason;
  await composeUp(configFile, log);
  return finish(configFile, verify, start, log);
}

async function announceBuilds(others: readonly ImageName[], logImages: readonly ImageName[], log: Log) {
  const waves = [
    {
      what: "metrics, alerts, exporters and the demo",
      programs: missingPrograms(others),
      rootFileSystem: await needsRootFileSystem(),
      viewer: others.includes("viewer") && (await needsViewer()),
    },
    { what: "then logs", programs: missingPrograms(logImages), rootFileSystem: false, viewer: false },
  ];
  const cacheDir = cacheFolder();
  announce(waves, cacheDir, log);
  if (waves.every(({ programs }) => programs.length === 0)) return;
  const problems = await buildSpaceProblems(cacheDir);
  if (problems.length > 0) throw new Error(`Not enough disk space:\n  ${problems.join("\n  ")}`);
}

async function finish(configFile: string, verify: boolean, start: number, log: Log): Promise<boolean> {
  const verified = verify ? await verifyStack(configFile, "5m", log) : true;
  log(`\nUp after ${duration(performance.now() - start)}. Stop it with \`./start.sh --stop\`.`);
  return verified;
}

/** Prints the result at once: a build may be logging progress at the same time. */
async function verifyStack(configFile: string, timeout: string, log: Log): Promise<boolean> {
  const start = performance.now();
  const args = ["--stack", "sandbox", "--config-file", configFile, "--wait", timeout];
  log("Verifying; panels need a few minutes of data …");
  const { code, stdout, output } = await tryRun(process.execPath, [join(root, "scripts", "verify.ts"), ...args]);
  log(`${code === 0 ? stdout : output}Verified in ${duration(performance.now() - start)}`);
  return code === 0;
}

export function sandboxSettings(configFile: string): Settings {
  return toSettings(readStackFile("sandbox", configFile), { requireSecrets: false });
}

function writeWithoutLogs(configFile: string): string {
  const file = parseStackFile(configFile) as { config: Record<string, object> };
  const key = `${project}:logs`;
  const config = { ...file.config, [key]: { ...file.config[key], enabled: false } };
  mkdirSync(join(root, ".pulumi-local"), { recursive: true, mode: 0o700 });
  writeFileSync(configWithoutLogs, toYaml({ ...file, config }), { mode: 0o600 });
  return configWithoutLogs;
}

function printAddresses({ alerting, demo, metrics, visualization }: Settings, log: Log): void {
  const rows = [
    ...(visualization.viewer.enabled ? [["Dashboards", `http://localhost:${visualization.port}`]] : []),
    ["Prometheus", `http://localhost:${metrics.port}`],
    ...(alerting.enabled ? [["Alertmanager", `http://localhost:${alerting.port}`]] : []),
    ...(demo.enabled
      ? [
          ["Demo", `http://localhost:${demo.port}`],
          ["Notifications", `http://localhost:${demo.notificationsPort}/notifications`],
        ]
      : []),
  ];
  log("");
  for (const [name = "", address] of rows) log(`${name.padEnd(14)} ${address}`);
  log("");
}
