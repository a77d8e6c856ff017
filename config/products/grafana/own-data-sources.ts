import type { Settings } from "../../settings/schema.ts";
import { dataSourceSecret } from "../../settings/secrets.ts";
import { sqlTypes } from "../../settings/sections/grafana.ts";
import { secretFrom } from "./product.ts";

type DataSource = Settings["visualization"]["dataSources"][number];

/** Data sources of `visualization.dataSources`, as Grafana provisions them. */
export function ownDataSources({ visualization }: Settings): { readonly uid: string }[] {
  return visualization.dataSources.map(({ name, uid, type, url, username, tls, jsonData }) => {
    const password = secretFrom("datasources", dataSourceSecret(uid));
    const isSql = sqlTypes.includes(type);
    return {
      ...literal({ name, uid, type, access: "proxy", url }),
      editable: false,
      ...(username !== undefined && (isSql ? literal({ user: username }) : basicAuth(username))),
      jsonData: literal({
        ...jsonData,
        ...(tls.ca !== undefined && { tlsAuthWithCACert: true }),
        ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        ...(tls.insecureSkipVerify && { tlsSkipVerify: true }),
      }),
      secureJsonData: {
        ...(username !== undefined && { [isSql ? "password" : "basicAuthPassword"]: password }),
        ...(tls.ca !== undefined && { tlsCACert: tls.ca }),
      },
    };
  });
}

function basicAuth(username: string): object {
  return { basicAuth: true, ...literal({ basicAuthUser: username }) };
}

/** Keys of all passwords of data sources. */
export function dataSourceSecrets({ visualization }: Settings): string[] {
  return visualization.dataSources
    .filter(({ username }) => username !== undefined)
    .map(({ uid }) => dataSourceSecret(uid));
}

/** Stands for `$` in password files. */
const dollar = "WHITE_ROOM_DOLLAR";

/** Grafana replaces variables in passwords that it reads from files: https://github.com/grafana/grafana/issues/130055 */
export function passwordFile(password: string): string {
  return password.replaceAll("$", `\${${dollar}}`);
}

/** The variable in {@link passwordFile}. */
export function passwordEnvironment(settings: Settings): Record<string, string> {
  return dataSourceSecrets(settings).length === 0 ? {} : { [dollar]: "$" };
}

/** host:port of a data source. */
export function dataSourceAddress({ url }: Pick<DataSource, "url">): string {
  if (!/^https?:/i.test(url)) return url;
  const { protocol, host, port } = new URL(url);
  return port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host;
}

/** Escapes `$` in all texts, because Grafana replaces variables and files in provisioned values. */
function literal<T>(value: T): T {
  if (typeof value === "string") return value.replaceAll("$", "$$$$") as T;
  if (Array.isArray(value)) return value.map(literal) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literal(inner)])) as T;
}
