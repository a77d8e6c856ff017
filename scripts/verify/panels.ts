import { type PanelQuery, panelQueries } from "../../dashboards/queries.ts";
import { grafanaAddress } from "./addresses.ts";
import type { Finding, StackUnderTest } from "./finding.ts";
import { grafanaHeaders } from "./grafana.ts";
import { answerOf, countThroughGrafana } from "./panel-answers.ts";

/** Number of series that a query returns. */
type Count = (query: PanelQuery) => Promise<number>;

/** Every panel query returns data, through Grafana if enabled. Queries that may be empty report why. */
export async function checkPanels(stack: StackUnderTest): Promise<Finding[]> {
  const count = await counter(stack);
  const findings: Finding[] = [];
  for (const query of panelQueries(stack.settings)) {
    const { dashboard, panel, expr, mayBeEmpty } = query;
    const what = `${dashboard}: ${panel}`;
    try {
      const began = performance.now();
      const found = await count(query);
      const took = Math.round(performance.now() - began);
      if (found > 0) findings.push({ state: "ok", what, detail: `${found} series in ${took} ms` });
      else if (mayBeEmpty !== undefined)
        findings.push({ state: "ok", what, detail: `empty, which is allowed: ${mayBeEmpty}` });
      else findings.push({ state: "failed", what, detail: `no data: ${expr}` });
    } catch (error) {
      findings.push({ state: "failed", what, detail: `${(error as Error).message}: ${expr}` });
    }
  }
  return findings;
}

async function counter({ name, settings }: StackUnderTest): Promise<Count> {
  if (!settings.visualization.enabled) return async (query) => (await answerOf(settings, query)).length;
  const [url, headers] = [grafanaAddress(settings), await grafanaHeaders(name, settings)];
  return (query) => countThroughGrafana(url, headers, query);
}
