import { renderRules } from "../config/alerts/render.ts";
import { renderPrometheus } from "../config/products/prometheus/prometheus.ts";
import { toSettings } from "../config/settings/settings.ts";
import { median, table, timed } from "./measure.ts";

/** Rendering time of Prometheus' config and rules by number of application jobs, each with two targets and one rule. */
export async function benchRender(): Promise<string> {
  const rows: string[][] = [];
  for (const jobs of [625, 1_250, 2_500, 5_000]) {
    const config = {
      stack: "bench",
      secrets: new Set<string>(),
      values: {
        platform: "docker",
        environment: "bench",
        alerting: { email: { enabled: false } },
        applications: Object.fromEntries(
          Array.from({ length: jobs }, (_, job) => [
            `service-${job}`,
            { targets: [0, 1].map((instance) => `service-${job}-${instance}:8000`) },
          ]),
        ),
      },
    };
    const times: number[] = [];
    let rules = 0;
    let targets = 0;
    for (let round = 0; round < 5; round++) {
      times.push(
        await timed(async () => {
          const settings = toSettings(config, { requireSecrets: false });
          const files = renderRules(settings);
          const main = renderPrometheus(
            settings,
            files.map(({ path }) => path),
          );
          rules = files.reduce(
            (sum, { content }) => sum + (content.match(/^\s+- (?:alert|record):/gm)?.length ?? 0),
            0,
          );
          targets = main.content.match(/^\s+- service-/gm)?.length ?? 0;
        }),
      );
    }
    rows.push([String(targets), String(rules), median(times).toFixed(2), ((median(times) / jobs) * 1000).toFixed(3)]);
  }
  return table(["targets", "rules", "seconds (median of 5)", "ms per job"], rows);
}
