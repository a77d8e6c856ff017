import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { toYaml } from "../../config/file.ts";
import type { ImageName } from "../../config/products/images.ts";
import {
  alertmanagerUrl,
  demoUrl,
  grafanaUrl,
  jaegerUrl,
  notificationsUrl,
  prometheusUrl,
} from "../../config/products/links.ts";
import { hasLoki } from "../../config/products/loki/product.ts";
import { longTermOf } from "../../config/products/thanos/long-term.ts";
import { either } from "../../config/settings/problems.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { parseStackFile, project, readStackFile } from "../../config/settings/stack-file.ts";
import { tryRun } from "../lib/run-command.ts";
import { sandboxSecrets } from "../lib/stack-secret.ts";
import { duration, type Log } from "../lib/step.ts";
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
import { sandboxBucket } from "./bucket.ts";
import { composeUp, root } from "./compose-stack.ts";
import { ensureCompose, ensureDockerDaemon } from "./docker-engine.ts";

export const sandboxConfig = join(root, "Pulumi.sandbox.yaml");

/** Config of the first wave, used while the second one is being built. */
const configOfFirstWave = join(root, ".pulumi-local", "sandbox-first-wave.yaml");

/** Parts of the stack that the sandbox runs only on request, each with the config that enables it. */
export const additions = {
  tracing: { tracing: { enabled: true } },
  "long-term": { metrics: { longTerm: { objectStorage: sandboxBucket } } },
} as const;
export type Addition = keyof typeof additions;

/** Writes the sandbox's config with additional components. Returns the path. */
export function configWith(components: readonly Addition[]): string {
  const path = join(root, ".pulumi-local", `sandbox-with-${[...components].sort().join("-")}.yaml`);
  return writeChanged(sandboxConfig, path, Object.assign({}, ...components.map((component) => additions[component])));
}

export interface UpOptions {
  readonly configFile?: string | undefined;
  /** Whether to verify each wave. */
  readonly verify: boolean;
  readonly log: Log;
}

/**
 * Builds missing programs and starts the sandbox. If Loki, its collector or Jaeger must be built, the other services start
 * first, and these are added later. Returns whether all checks passed.
 */
export async function sandboxUp({ configFile = sandboxConfig, verify, log }: UpOptions): Promise<boolean> {
  const start = performance.now();
  const settings = sandboxSettings(configFile);
  await ensureDockerDaemon(log);
  const { logs, tracing, visualization } = settings;
  const lateImages: ImageName[] = [
    ...(hasLoki(settings) ? (["loki"] as const) : []),
    ...(logs.enabled ? [logs.collector] : []),
    ...(tracing.enabled ? (["jaeger"] as const) : []),
  ];
  const names = Object.keys(sandboxImages()) as ImageName[];
  const unused: ImageName[] = [
    ...(visualization.viewer.enabled ? [] : (["viewer"] as const)),
    ...(longTermOf(settings) === undefined ? (["thanos"] as const) : []),
  ];
  const others = names.filter((name) => !["loki", "promtail", "alloy", "jaeger", ...unused].includes(name));
  const late = missingPrograms(lateImages);
  await announceBuilds(others, lateImages, log);

  await Promise.all([
    ensureCompose(log),
    buildSandboxImages({ names: late.length > 0 ? others : [...others, ...lateImages], log }),
  ]);
  if (late.length === 0) {
    await composeUp(configFile, log);
    printAddresses(settings, log);
    return finish(configFile, verify, start, log);
  }

  const first = writeChanged(configFile, configOfFirstWave, {
    logs: { enabled: false },
    tracing: { enabled: false },
  });
  const downloads = downloadBinaries(late);
  await composeUp(first, log);
  printAddresses(settings, log);
  log(`Up without logs and traces after ${duration(performance.now() - start)}. Building ${late.join(" and ")} …\n`);
  // Verification mostly waits for data, so build meanwhile.
  const [built, verified] = await Promise.allSettled([
    buildSandboxImages({ names: lateImages, log }),
    verify ? verifyStack(first, "10m", log) : true,
    downloads,
  ]);
  if (built.status === "rejected") {
    throw new Error(`${(built.reason as Error).message}\n\nEverything else is running, without logs and traces.`);
  }
  if (verified.status === "rejected") throw verified.reason;
  await composeUp(configFile, log);
  return finish(configFile, verify, start, log);
}

async function announceBuilds(others: readonly ImageName[], lateImages: readonly ImageName[], log: Log) {
  const waves = [
    {
      what: "metrics, alerts, exporters and the demo",
      programs: missingPrograms(others),
      rootFileSystem: await needsRootFileSystem(),
      viewer: others.includes("viewer") && (await needsViewer()),
    },
    {
      what: `then ${lateImages.includes("jaeger") ? "logs and traces" : "logs"}`,
      programs: missingPrograms(lateImages),
      rootFileSystem: false,
      viewer: false,
    },
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

/** Prints the results as one block, because a build may log progress at the same time. */
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

/** Writes a copy of a stack file with changed values in its sections. Returns the path. */
function writeChanged(configFile: string, path: string, sections: Readonly<Record<string, object>>): string {
  const file = parseStackFile(configFile) as { config: Record<string, object> };
  const changed = Object.entries(sections).map(([section, values]): [string, object] => {
    const key = `${project}:${section}`;
    return [key, { ...file.config[key], ...values }];
  });
  mkdirSync(join(root, ".pulumi-local"), { recursive: true, mode: 0o700 });
  writeFileSync(path, toYaml({ ...file, config: { ...file.config, ...Object.fromEntries(changed) } }), { mode: 0o600 });
  return path;
}

function printAddresses(settings: Settings, log: Log): void {
  const { alerting, demo, network, tracing, visualization } = settings;
  const rows = [
    ...(visualization.viewer.enabled ? [["Dashboards", grafanaUrl(settings)]] : []),
    ["Prometheus", prometheusUrl(settings)],
    ...(alerting.enabled ? [["Alertmanager", alertmanagerUrl(settings)]] : []),
    ...(tracing.enabled ? [["Traces", jaegerUrl(settings)]] : []),
    ...(demo.enabled
      ? [
          ["Demo", demoUrl(settings)],
          ["Notifications", notificationsUrl(settings)],
        ]
      : []),
    ...(network.gateway.enabled
      ? [["Sign in", `as ${either(network.gateway.users)}; the passwords are in ${relative(root, sandboxSecrets)}`]]
      : []),
  ];
  log("");
  for (const [name = "", address] of rows) log(`${name.padEnd(14)} ${address}`);
  log("");
}
