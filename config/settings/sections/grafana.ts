import { z } from "zod";
import { isHostAndPort } from "../hosts.ts";
import { tls } from "../tls.ts";
import { checkedText, name, plainText, plainTextSuchAs, plainUrlProblem, text } from "../units.ts";

/** Types of data sources that connect to a database server instead of an HTTP API. */
export const sqlTypes: readonly string[] = ["grafana-postgresql-datasource", "postgres", "mysql", "mssql"];

const pluginId = text(
  /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
  'is not a valid plugin ID; use the ID from its page in the catalog, such as "grafana-clock-panel"',
);

/** A data source of a server outside the stack. */
export const dataSource = z.strictObject({
  name: plainTextSuchAs("Tempo").describe("Name in Grafana."),
  uid: name.describe("Identifier by which dashboards refer to it; part of the key of its secret."),
  type: pluginId.describe("ID of its plugin, such as tempo, elasticsearch or grafana-postgresql-datasource."),
  url: checkedText(
    (written) => (isHostAndPort(written) ? undefined : plainUrlProblem(written)),
    'is not a valid URL; use an absolute URL, such as "https://tempo.example.com", or for a database "db.internal:5432"',
  ).describe("URL of the server, or host:port of a database."),
  username: plainText.optional().describe("User. The password is the secret dataSourcePassword-<uid>."),
  tls: tls.prefault({}).describe("Verification of the server's certificate."),
  jsonData: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Options of its type from Grafana's documentation, such as {database: songs, sslmode: require}."),
});

/** A plugin that Grafana installs. */
export const plugin = z.strictObject({
  id: pluginId.describe("ID in the plugin catalog."),
  version: text(
    /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/,
    'is not a version; use an exact version, such as "2.1.9"',
  ).describe("Exact version."),
  url: checkedText(
    (written) =>
      plainUrlProblem(written) ?? (/[,@$]/.test(written) ? 'contains ",", "@" or "$"; use another URL' : undefined),
    'is not a valid URL; use an absolute URL, such as "https://files.example.com/grafana-clock-panel.zip"',
  )
    .optional()
    .describe("ZIP archive on your own server, for networks without internet access. Defaults to grafana.com."),
});
