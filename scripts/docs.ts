import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "./docs/configuration.ts";
import { metricsPage } from "./docs/metrics.ts";
import { helpInstead } from "./no-words.ts";

const help = `npm run docs

Writes the reference pages from what they describe: docs/CONFIGURATION.md from the schema, the secrets, the alerts and
the images; docs/METRICS.md from the metrics' catalogue, the recording rules and the scrape jobs. Run it after a change to
any of them; \`npm run check\` fails while a page is stale.
`;

/** The pages that are written, each with what writes it. */
export const referencePages: readonly { readonly file: string; readonly content: () => string }[] = [
  { file: "docs/CONFIGURATION.md", content: configurationPage },
  { file: "docs/METRICS.md", content: metricsPage },
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
