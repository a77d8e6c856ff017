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
import { inYaml } from "./examples.ts";
import { code, generated, page, table } from "./markdown.ts";
import { childrenOf, type KeyRow, keysOf } from "./schema-keys.ts";
import { type Task, taskOf, tasks } from "./tasks.ts";

const root = join(import.meta.dirname, "../..");

/** docs/CONFIGURATION.md: all config keys, secrets, ports, alerts and images. */
export function configurationPage(): string {
  return page(
    generated(
      "Configuration",
      "config/settings/schema.ts, config/settings/secrets.ts, config/alerts/catalogue.ts and config/products/images.ts",
    ),
    introduction,
    writtenOut,
    contents(),
    ...tasks.map(section),
    "## Limits",
    `Resources of a workload, under each key that ends with \`limits\`; see that key for the defaults. Memory is a Kubernetes
quantity, such as \`512Mi\` or \`2Gi\`; CPU is a number of cores, such as \`0.5\`.`,
    limitsTable(),
    "## Secrets",
    `Each secret is a top-level key, set with \`pulumi config set --secret <key>\`. If a required secret is missing, the error
message contains this command. The last column is the name under which \`./start.sh\` reads it from \`.env\`.`,
    secretTable(),
    "## Ports",
    `Ports are published on \`network.bindAddress\`, or on the address of their component in \`network.bindAddresses\`. On Kubernetes no
ports are published; Services use the default ports of each product.`,
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

const introduction = `All keys of \`Pulumi.<stack>.yaml\`, in the namespace \`white-room-monitoring\`, by task. Keys that are not set have the
default. Unknown keys and invalid values are rejected before anything is deployed. In a key, \`[]\` stands for each item of a list,
and \`<name>\` for a name of your choice. The example of \`alerting.waits.critical.groupWait\`, written out:`;

const writtenOut = `\`\`\`yaml
config:
  white-room-monitoring:alerting:
    waits:
      critical:
        groupWait: 20s
\`\`\``;

function contents(): string {
  const others = ["Limits", "Secrets", "Ports", "Alerts", "Images"];
  return [...tasks.map(({ title }) => title), ...others]
    .map((title) => `- [${title}](#${title.toLowerCase().replaceAll(" ", "-")})`)
    .join("\n");
}

/** Keys that are listed in another section of the page. */
const elsewhere: readonly [path: RegExp, key: string, link: string][] = [
  [/^alerting\.rules\./, "`alerting.rules.<AlertName>`", "[alerts](#alerts)"],
  [/^images\.(?!mirror)/, "`images.<name>`", "[images](#images)"],
];

const rowsOfAll = configKeys.flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key));

function section(task: Task): string {
  const listed = new Set<string>();
  const rows = rowsOfAll
    .filter(({ path }) => taskOf(path) === task)
    .flatMap((row) => {
      const other = elsewhere.find(([pattern]) => pattern.test(row.path));
      if (other === undefined) return [cells(row)];
      const [, name, link] = other;
      if (listed.has(name)) return [];
      listed.add(name);
      return [[name, link, "", "", "", ""]];
    });
  const { title, guide } = task;
  const link = guide === undefined ? [] : [`See ${guideLink(guide)}.`];
  return [`## ${title}`, ...link, table(columns, rows)].join("\n\n");
}

function guideLink(guide: string): string {
  if (guide.startsWith("#")) return `the [setup guide](MONITORING_SETUP_GUIDE.md${guide})`;
  return `[${guide.replace(/#.*/, "")}](${guide})`;
}

const columns = ["Key", "Type", "Default", "Example", "Allowed values", "Description"];

function cells(row: KeyRow): string[] {
  const { path, type, allowed, description } = row;
  const example = /limits$/i.test(path) ? code("{memory: 512Mi, cpu: 1}") : inYaml(row.node, path);
  return [code(path), type, row.default, example, withoutExample(allowed), description.replaceAll("<", "&lt;")];
}

/** Allowed values without examples, which have their own column. */
function withoutExample(allowed: string): string {
  const [rule = ""] = allowed.split(/,? such as |, from "-----BEGIN/);
  return /^(?:an? \w+|one|remove it)$/.test(rule) ? "" : rule;
}

function limitsTable(): string {
  const rows = childrenOf(unwrap(limits("16Mi", 0.05)) as z.ZodObject, "limits").map(withoutDefault);
  return table(columns, rows.map(cells));
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
  const rows = rowsOfAll
    .filter(
      ({ path, default: port, description }) =>
        /port$|\.ports\./i.test(path) && /^`\d+`$/.test(port) && description !== "",
    )
    .filter(({ path }) => !/\[\]|database/.test(path))
    .map(({ path, default: port, description }) => [port, code(path), description]);
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
