import { panelQueries } from "../../dashboards/queries.ts";
import { lokiAddress, prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** Every query of every panel returns data, asked of Prometheus and Loki directly; those that may be empty say why. */
export async function checkPanels({ settings }: StackUnderTest): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { dashboard, panel, datasource, expr, kind, mayBeEmpty } of panelQueries(settings)) {
    const what = `${dashboard}: ${panel}`;
    const base = datasource === "loki" ? `${lokiAddress(settings)}/loki` : prometheusAddress(settings);
    try {
      const began = performance.now();
      const rows = await ask(`${base}/api/v1/${kind === "range" ? "query_range" : "query"}?${parameters(expr, kind)}`);
      const took = Math.round(performance.now() - began);
      const count = (rows as { data: { result: unknown[] } }).data.result.length;
      if (count > 0) findings.push({ state: "ok", what, detail: `${count} series in ${took} ms` });
      else if (mayBeEmpty !== undefined)
        findings.push({ state: "ok", what, detail: `empty, as it may be: ${mayBeEmpty}` });
      else findings.push({ state: "failed", what, detail: `no data: ${expr}` });
    } catch (error) {
      findings.push({ state: "failed", what, detail: `${(error as Error).message}: ${expr}` });
    }
  }
  return findings;
}

function parameters(query: string, kind: "range" | "instant"): URLSearchParams {
  const now = Math.floor(Date.now() / 1000);
  return new URLSearchParams(
    kind === "range" ? { query, start: String(now - 300), end: String(now), step: "15" } : { query, time: String(now) },
  );
}
