import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { perLogFile } from "../../config/white-room/log-formats.ts";
import { lokiAddress } from "./addresses.ts";
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

/** Loki responds and receives lines: with the demo from each of its sources, otherwise from any source. */
export async function checkLogs({ settings }: StackUnderTest): Promise<Finding[]> {
  if (!settings.logs.enabled) return [{ state: "off", what: "logs", detail: "disabled" }];
  if (!hasLoki(settings))
    return [{ state: "off", what: "logs", detail: "sent to logs.remote only, where this command cannot read them" }];
  const query = new URLSearchParams({ query: 'sum by (job) (count_over_time({job=~".+"}[5m]))' });
  const { data } = (await ask(`${lokiAddress(settings)}/loki/api/v1/query?${query}`)) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  const lines = data.result.map(({ metric, value }) => [metric["job"] ?? "", Number(value[1])] as const);
  return logFindings(settings, new Map(lines));
}

/** `lines`: number of recent lines by job. */
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
