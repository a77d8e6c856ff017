import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type AlertDefinition, alerts, priorities } from "../../config/alerts/catalogue.ts";
import { images } from "../../config/products/images.ts";
import { configKeys, schema } from "../../config/settings/schema.ts";
import { fixedSecrets, targetSecrets } from "../../config/settings/secrets.ts";
import { unwrap } from "../../config/settings/settings.ts";
import { limits } from "../../config/settings/units.ts";
import { environmentNames } from "../start/dotenv.ts";
import { code, generated, page, table } from "./markdown.ts";
import { childrenOf, type KeyRow, keysOf } from "./schema-keys.ts";

const root = join(import.meta.dirname, "../..");

/** docs/CONFIGURATION.md: all config keys, secrets, ports, alerts and images. */
export function configurationPage(): string {
  return page(
    generated(
      "Configuration",
      "config/settings/schema.ts, config/settings/secrets.ts, config/alerts/catalogue.ts and config/products/images.ts",
    ),
    introduction,
    ...configKeys.map(section),
    "## Limits",
    `Resources of a workload, under each key that ends with \`limits\`; see that key for the defaults. Memory is a Kubernetes
quantity, such as \`512Mi\` or \`2Gi\`; CPU is a number of cores, such as \`0.5\`.`,
    keyTable(childrenOf(unwrap(limits("16Mi", 0.05)) as z.ZodObject, "limits").map(withoutDefault)),
    "## Secrets",
    `Each secret is a top-level key, set with \`pulumi config set --secret <key>\`. If a required secret is missing, the error
message contains this command. The last column is the name under which \`./start.sh\` reads it from \`.env\`.`,
    secretTable(),
    "## Ports",
    `Ports are published on \`network.bindAddress\`, or on the address of their part in \`network.bindAddresses\`. On Kubernetes no
ports are published; Services use the default ports of each
product.`,
    portTable(),
    "## Alerts",
    `Each alert can be changed under \`alerting.rules.<AlertName>\`: \`enabled: false\` removes it, \`for\` is how long the condition
must hold before it fires (0s to 7d), and \`threshold\` and \`window\` exist where the table lists them. A window must be at
least four scrape intervals and 30s, and at most 7d. Each name links to the runbook.`,
    alertTable(),
    "## Images",
    `Each image can be overridden under \`images.<name>\` with \`repository\`, \`tag\` and \`digest\`; \`images.mirror\` replaces the
registry of all images. A digest is pinned only if one is listed.`,
    imageTable(),
  );
}

const introduction = `All keys of \`Pulumi.<stack>.yaml\`, in the namespace \`white-room-monitoring\`. Keys that are not set have the default.
Unknown keys and invalid values are rejected before anything is deployed.`;

/** Keys that are listed in another section of the page. */
const elsewhere: readonly [pattern: RegExp, key: string, link: string][] = [
  [/^`alerting\.rules\./, "`alerting.rules.<AlertName>`", "[alerts](#alerts)"],
  [/^`images\.(?!mirror)/, "`images.<name>`", "[images](#images)"],
];

function section(key: (typeof configKeys)[number]): string {
  const node = schema.shape[key] as z.ZodType;
  const rows = keysOf(node, key);
  const listed = new Set<string>();
  const short = rows.flatMap((row) => {
    const other = elsewhere.find(([pattern]) => pattern.test(row.key));
    if (other === undefined) return [row];
    const [, name, link] = other;
    if (listed.has(name)) return [];
    listed.add(name);
    return [{ key: name, type: link, default: "", allowed: "", description: "" }];
  });
  return `## ${key}\n\n${keyTable(short)}`;
}

function keyTable(rows: readonly KeyRow[]): string {
  return table(
    ["Key", "Type", "Default", "Allowed values", "Description"],
    rows.map((row) => [row.key, row.type, row.default, row.allowed, row.description.replaceAll("<", "&lt;")]),
  );
}

function withoutDefault(row: KeyRow): KeyRow {
  return { ...row, default: row.default === "unset" ? "unset" : "" };
}

function secretTable(): string {
  const names = new Map<string, string>(Object.entries(environmentNames).map(([name, key]) => [key, name]));
  const rows = Object.entries(fixedSecrets).map(([key, what]) => [code(key), what, code(names.get(key) ?? "")]);
  return table(
    ["Key", "Description", "Name in .env"],
    [
      ...rows.map(([key = "", what = "", name = ""]) => [key, what, name === "``" ? "" : name]),
      ...Object.entries(targetSecrets).map(([prefix, what]) => [code(`${prefix}-<target>`), what, ""]),
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
  return table(["Port", "Key", "Description"], rows);
}

function alertTable(): string {
  const rows = Object.entries(alerts as Record<string, AlertDefinition>).map(([name, alert]) => [
    `[${name}](../runbooks/${name}.md)`,
    alert.severity === "none"
      ? "none"
      : [alert.severity, ...(alert.worse === undefined ? [] : [alert.worse])]
          .map((severity) => priorities[severity])
          .join(", "),
    alert.team,
    firesWhen(name),
    alert.threshold === undefined ? "" : code(alert.threshold.default),
    alert.threshold === undefined ? "" : `${alert.threshold.min} to ${alert.threshold.max} (${alert.threshold.unit})`,
    code(alert.for),
    alert.window === undefined ? "" : code(alert.window),
  ]);
  const columns = ["Alert", "Priority", "Team", "Fires", "Threshold", "Allowed values", "For", "Window"];
  return table(columns, rows);
}

/** The first clause of the runbook, up to a full stop or colon outside brackets. */
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
  return table(["Name", "Repository", "Tag", "Digest"], rows);
}
