import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type AlertDefinition, alerts, priorities } from "../../config/alerts/catalogue.ts";
import { images } from "../../config/products/images.ts";
import { configKeys, schema } from "../../config/settings/schema.ts";
import { fixedSecrets } from "../../config/settings/secrets.ts";
import { unwrap } from "../../config/settings/settings.ts";
import { limits } from "../../config/settings/units.ts";
import { environmentNames } from "../start/dotenv.ts";
import { code, generated, page, table } from "./markdown.ts";
import { childrenOf, type KeyRow, keysOf } from "./schema-keys.ts";

const root = join(import.meta.dirname, "../..");

/** Every key of the stack config, every secret, port, alert and image: docs/CONFIGURATION.md. */
export function configurationPage(): string {
  return page(
    generated(
      "Configuration",
      "config/settings/schema.ts, config/settings/secrets.ts, config/alerts/catalogue.ts and config/products/images.ts",
    ),
    introduction,
    ...configKeys.map(section),
    "## Limits",
    `What one program may use, under each key that ends with \`limits\`; the defaults are at that key. Quantities are
written as Kubernetes does, \`512Mi\`, \`2Gi\`; processors as a number of cores, \`0.5\`.`,
    keyTable(childrenOf(unwrap(limits("16Mi", 0.05)) as z.ZodObject, "limits").map(withoutDefault)),
    "## Secrets",
    `Each is a key of its own beside the sections above, never inside one of them, and is set with
\`pulumi config set --secret <key>\`. A stack that lacks one it needs is refused, with this command. The names in the last
column are those that \`./start.sh\` takes from \`.env\`.`,
    secretTable(),
    "## Ports",
    `Published on \`network.bindAddress\`. On Kubernetes nothing is published; Services have the programs' own ports.`,
    portTable(),
    "## Alerts",
    `Each is tuned under \`alerting.rules.<AlertName>\`: \`enabled: false\` takes it out, \`for\` is how long it must last
(0s to 7d), \`threshold\` and \`window\` are there where the table has them. A window is at least four scrape intervals
and 30s long, at most 7d. The name leads to the runbook.`,
    alertTable(),
    "## Images",
    `Each is changed under \`images.<name>\` by \`repository\`, \`tag\` and \`digest\`; \`images.mirror\` takes the place of every
registry. A digest is pinned only where one is listed.`,
    imageTable(),
  );
}

const introduction = `Every key of \`Pulumi.<stack>.yaml\`, in the namespace \`white-room-monitoring\`, as \`npm run docs\` reads it from the
schema that judges it. What is left out has the default; what is not allowed, and a key that is not here, is refused before
anything is touched.`;

/** Keys whose names are listed elsewhere on the page. */
const elsewhere: readonly [pattern: RegExp, key: string, link: string][] = [
  [/^`alerting\.rules\./, "`alerting.rules.<AlertName>`", "[alerts](#alerts)"],
  [/^`images\.(?!mirror)/, "`images.<name>`", "[images](#images)"],
];

function section(key: (typeof configKeys)[number]): string {
  const node = schema.shape[key] as z.ZodType;
  const rows = keysOf(node, key);
  const told = new Set<string>();
  const short = rows.flatMap((row) => {
    const other = elsewhere.find(([pattern]) => pattern.test(row.key));
    if (other === undefined) return [row];
    const [, name, link] = other;
    if (told.has(name)) return [];
    told.add(name);
    return [{ key: name, type: link, default: "", allowed: "", description: "" }];
  });
  return `## ${key}\n\n${keyTable(short)}`;
}

function keyTable(rows: readonly KeyRow[]): string {
  return table(
    ["key", "type", "default", "allowed", "what"],
    rows.map((row) => [row.key, row.type, row.default, row.allowed, row.description.replaceAll("<", "&lt;")]),
  );
}

function withoutDefault(row: KeyRow): KeyRow {
  return { ...row, default: row.default === "left out" ? "left out" : "" };
}

function secretTable(): string {
  const names = new Map<string, string>(Object.entries(environmentNames).map(([name, key]) => [key, name]));
  const rows = Object.entries(fixedSecrets).map(([key, what]) => [code(key), what, code(names.get(key) ?? "")]);
  return table(
    ["key", "what", "in .env"],
    [
      ...rows.map(([key = "", what = "", name = ""]) => [key, what, name === "``" ? "" : name]),
      [code("postgresPassword-<target>"), "password of the exporter's role on that target of exporters.postgres", ""],
      [code("redisPassword-<target>"), "password of the exporter's user on that target of exporters.redis", ""],
    ],
  );
}

function portTable(): string {
  const rows = configKeys
    .flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key))
    .filter(
      ({ key, default: port, description }) => /[pP]ort`$/.test(key) && /^`\d+`$/.test(port) && description !== "",
    )
    .filter(({ key }) => !/\[\]|database/.test(key))
    .map(({ key, default: port, description }) => [port, key, description]);
  return table(["port", "key", "what"], rows);
}

function alertTable(): string {
  const rows = Object.entries(alerts as Record<string, AlertDefinition>).map(([name, alert]) => [
    `[${name}](../runbooks/${name}.md)`,
    alert.severity === "none" ? "none" : priorities[alert.severity],
    alert.team,
    firesWhen(name),
    alert.threshold === undefined ? "" : code(alert.threshold.default),
    alert.threshold === undefined ? "" : `${alert.threshold.min} to ${alert.threshold.max} (${alert.threshold.unit})`,
    code(alert.for),
    alert.window === undefined ? "" : code(alert.window),
  ]);
  const columns = ["alert", "priority", "team", "fires", "threshold", "allowed", "for", "window"];
  return table(columns, rows);
}

/** The first words of its runbook, up to a full stop or a colon; a colon in brackets ends nothing. */
function firesWhen(alert: string): string {
  const runbook = readFileSync(join(root, "runbooks", `${alert}.md`), "utf8");
  const [, words] = /^(?:Fires|Always fires) ((?:\([^)]*\)|[^(])*?)(?:\. |: |\.?$)/m.exec(runbook) ?? [];
  return /^Always fires/m.test(runbook) ? "always" : (words ?? "");
}

function imageTable(): string {
  const rows = Object.entries(images).map(([name, image]) => [
    code(name),
    code(image.repository),
    code(image.tag),
    "digest" in image ? code(String(image.digest)) : "",
  ]);
  return table(["name", "repository", "tag", "digest"], rows);
}
