import { chosenCollector } from "../../config/products/collector/chosen.ts";
import { collectorJob } from "../../config/products/collector/collector.ts";
import { globPattern } from "../../config/products/collector/glob.ts";
import { type LogFiles, logFilesOf } from "../../config/products/collector/log-files.ts";
import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { perLogFile } from "../../config/white-room/log-formats.ts";
import { lokiAddress, prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** Job of each source to which the demo writes continuously. The Nginx error log and the journal may be silent. */
const demoJobs = {
  ...perLogFile(({ service }) => service),
  nginx: "nginx",
  postgres: "postgres",
  syslog: "syslog",
  containers: "containers",
} as const satisfies Partial<Record<keyof Settings["logs"]["sources"], string>>;

const silent = "no lines in the last five minutes";

/**
 * Loki responds and receives lines: with the demo from each of its sources, otherwise from any source. The user's log
 * files are checked one by one.
 */
export async function checkLogs({ settings }: StackUnderTest): Promise<Finding[]> {
  if (!settings.logs.enabled) return [{ state: "off", what: "logs", detail: "disabled" }];
  const ofFiles = await checkOwnFiles(settings);
  if (!hasLoki(settings))
    return [
      { state: "off", what: "logs", detail: "sent to logs.remote only, where this command cannot read them" },
      ...ofFiles,
    ];
  const query = new URLSearchParams({ query: 'sum by (job) (count_over_time({job=~".+"}[5m]))' });
  const { data } = (await ask(`${lokiAddress(settings)}/loki/api/v1/query?${query}`)) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  const lines = data.result.map(({ metric, value }) => [metric["job"] ?? "", Number(value[1])] as const);
  return [...logFindings(settings, new Map(lines)), ...ofFiles];
}

/** Whether the collector has found and read the files of each source in `logs.sources.files`. */
async function checkOwnFiles(settings: Settings): Promise<Finding[]> {
  const own = Object.keys(settings.logs.sources.files).map((name) => `files.${name}`);
  const sources = logFilesOf(settings.logs.sources).filter(({ key }) => own.includes(key));
  const metric = chosenCollector(settings).metrics.readBytes;
  return Promise.all(
    sources.map(async (source) => {
      const matcher = JSON.stringify(source.paths.map(globPattern).join("|"));
      const query = new URLSearchParams({ query: `${metric}{job="${collectorJob}", path=~${matcher}}` });
      const { data } = (await ask(`${prometheusAddress(settings)}/api/v1/query?${query}`)) as {
        data: { result: { value: [number, string] }[] };
      };
      return ownFileFinding(
        source,
        data.result.map(({ value }) => Number(value[1])),
      );
    }),
  );
}

/** `read` is the number of bytes read from each file that the collector has found. */
export function ownFileFinding({ key, paths }: Pick<LogFiles, "key" | "paths">, read: readonly number[]): Finding {
  const what = `logs.sources.${key}`;
  if (read.length === 0)
    return { state: "failed", what, detail: `the collector found no file for ${paths.join(", ")} on its host` };
  const bytes = read.reduce((sum, each) => sum + each, 0);
  const files = read.length === 1 ? "1 file" : `${read.length} files`;
  if (bytes === 0) return { state: "failed", what, detail: `nothing has been read from ${files}` };
  return { state: "ok", what, detail: `${bytes} bytes read from ${files}` };
}

/** `lines` is the number of recent lines by job. */
export function logFindings(settings: Settings, lines: ReadonlyMap<string, number>): Finding[] {
  const missing = fedJobs(settings).filter((job) => !lines.has(job));
  if (lines.size === 0 && missing.length === 0) return [{ state: "failed", what: "lines", detail: silent }];
  return [
    ...missing.map((job): Finding => ({ state: "failed", what: job, detail: silent })),
    ...[...lines].map(
      ([job, count]): Finding => ({
        state: "ok",
        what: job,
        detail: `${count} lines in the last five minutes`,
      }),
    ),
  ];
}

function fedJobs({ demo, logs }: Settings): string[] {
  if (!demo.enabled) return [];
  const { format, protocol } = logs.sources.syslog;
  // The demo sends RFC 5424 over TCP.
  const isAccepted = format === "rfc5424" && protocol !== "udp";
  const names = Object.keys(demoJobs) as (keyof typeof demoJobs)[];
  return names
    .filter((name) => logs.sources[name].enabled && (name !== "syslog" || isAccepted))
    .map((name) => demoJobs[name]);
}
