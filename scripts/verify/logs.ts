import { publicHost } from "../../config/links.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** Loki answers, and lines arrived from every job that the demo feeds. */
export async function checkLogs({ settings }: StackUnderTest): Promise<Finding[]> {
  if (!settings.logs.enabled) return [{ state: "off", what: "logs", detail: "switched off" }];
  const loki = `http://${publicHost(settings)}:${settings.logs.port}`;
  const query = new URLSearchParams({ query: 'sum by (job) (count_over_time({job=~".+"}[5m]))' });
  const { data } = (await ask(`${loki}/loki/api/v1/query?${query}`)) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (data.result.length === 0) return [{ state: "failed", what: "lines", detail: "none in five minutes" }];
  return data.result.map(({ metric, value }) => ({
    state: "ok",
    what: metric["job"] ?? "",
    detail: `${value[1]} lines in five minutes`,
  }));
}
