import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "./docs/configuration.ts";
import { exposedMetrics } from "./docs/exposed-metrics.ts";
import { metricsPage } from "./docs/metrics.ts";
import { stackSchema } from "./docs/stack-schema.ts";
import { helpInstead } from "./lib/no-words.ts";

const help = `npm run docs

Generates the reference pages: docs/CONFIGURATION.md from the schema, secrets, alerts and images; docs/METRICS.md from the
metrics catalogue, recording rules and scrape jobs; docs/stack-schema.json (completion and validation of stack files in
editors) from the schema; the list of exposed metrics, which own rules are compared with, from recorded scrapes. Run it after changing any of them; \`npm run check\` fails while a page is stale.
`;

/** The generated pages. */
export const referencePages: readonly { readonly file: string; readonly content: () => string }[] = [
  { file: "docs/CONFIGURATION.md", content: configurationPage },
  { file: "docs/METRICS.md", content: metricsPage },
  { file: "docs/stack-schema.json", content: stackSchema },
  { file: "config/alerts/own-rules/exposed-metrics.txt", content: exposedMetrics },
];

if (import.meta.main) {
  process.exitCode = helpInstead(help, process.argv.slice(2));
  if (process.exitCode === undefined) {
    for (const { file, content } of referencePages) {
      writeFileSync(join(import.meta.dirname, "..", file), content());
      process.stdout.write(`${file}\n`);
    }
  }
}
