import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "./docs/configuration.ts";
import { metricsPage } from "./docs/metrics.ts";
import { stackSchema } from "./docs/stack-schema.ts";
import { helpInstead } from "./lib/no-words.ts";

const help = `npm run docs

Writes the reference pages from what they describe: docs/CONFIGURATION.md from the schema, the secrets, the alerts and
the images; docs/METRICS.md from the metrics' catalogue, the recording rules and the scrape jobs; docs/stack-schema.json,
with which editors complete and check stack files, from the schema. Run it after a change to any of them; \`npm run check\` fails while a page is stale.
`;

/** The pages that are written, each with what writes it. */
export const referencePages: readonly { readonly file: string; readonly content: () => string }[] = [
  { file: "docs/CONFIGURATION.md", content: configurationPage },
  { file: "docs/METRICS.md", content: metricsPage },
  { file: "docs/stack-schema.json", content: stackSchema },
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
