import { traitsOf } from "../../components/platform/traits.ts";
import { deployedDashboards } from "../products/grafana/dashboards.ts";
import { datasourceNames, datasourceUids } from "../products/grafana/data-source-uids.ts";
import { dashboardUids } from "../products/links.ts";
import { extraDashboards } from "./extra-dashboards.ts";
import { urlSecretProblems } from "./headers.ts";
import { isHostAndPort } from "./hosts.ts";
import { either, type Problem, show, showKey } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isSecretOption, isSecretValue } from "./secret-words.ts";
import { dataSourceSecret, sendsGrafanaMail } from "./secrets.ts";
import { sqlTypes } from "./sections/grafana.ts";

/** Data sources have unique names and uids, and URLs that fit their type. */
export function checkDataSources({ visualization }: Settings): Problem[] {
  if (!visualization.enabled) return [];
  const uids = new Map<string, string>(Object.values(datasourceUids).map((uid) => [uid, "the stack"]));
  const names = new Map<string, string>(Object.values(datasourceNames).map((name) => [name, "the stack"]));
  return visualization.dataSources.flatMap(({ uid, name, type, url, tls, jsonData }, index) => {
    const path = `visualization.dataSources[${index}]`;
    const isSql = sqlTypes.includes(type);
    const problems: Problem[] = [];
    for (const [key, value, owners] of [
      ["uid", uid, uids],
      ["name", name, names],
    ] as const) {
      const owner = owners.get(value);
      if (owner !== undefined)
        problems.push({
          path: `${path}.${key}`,
          message: `${show(value)} is already used by ${owner}; use another one`,
        });
      else owners.set(value, path);
    }
    if (isSql !== isHostAndPort(url))
      problems.push({
        path: `${path}.url`,
        message: isSql
          ? `${show(url)} is not host and port, which type ${type} requires; use an address such as "db.internal:5432"`
          : `${show(url)} is not a URL, which type ${type} requires; use a URL such as "https://${url}"`,
      });
    else if (!isSql && url.startsWith("http:") && Object.keys(tls).some((key) => key === "ca" || key === "serverName"))
      problems.push({ path: `${path}.tls`, message: "has no effect on an http:// URL; remove it, or use https://" });
    const instead = `username with the secret ${dataSourceSecret(uid)}`;
    return [
      ...problems,
      ...urlSecretProblems(path, url, instead),
      ...secretsIn(jsonData, `${path}.jsonData`).map((at) => ({
        path: at,
        message: `would store a secret in clear text in the state; remove it, and use ${instead}`,
      })),
    ];
  });
}

/** Paths of the strings in a data source's options that are secrets, judging by their names or values. */
function secretsIn(value: unknown, path: string): string[] {
  if (typeof value === "string") {
    return isSecretOption(path) || isSecretValue(value) ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, `${path}.${showKey(key)}`));
}

/** Plugins are not listed twice. */
export function checkPlugins({ visualization }: Settings): Problem[] {
  const ids = visualization.plugins.map(({ id }) => id);
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [{ path: `visualization.plugins[${index}].id`, message: `${show(id)} is listed twice; remove one of them` }],
  );
}

/** Grafana supports the settings of `alerting.email`. */
export function checkGrafanaMail(settings: Settings): Problem[] {
  if (!sendsGrafanaMail(settings)) return [];
  const { smarthost, tls, ...texts } = settings.alerting.email;
  const path = "visualization.email.enabled";
  const unsupported = (["ca", "serverName"] as const).filter((key) => tls[key] !== undefined);
  return [
    ...(smarthost === undefined
      ? [
          {
            path,
            message: 'requires alerting.email.smarthost; set it to the mail server, such as "smtp.example.com:587"',
          },
        ]
      : []),
    ...unsupported.map((key) => ({
      path,
      message: `does not support alerting.email.tls.${key}, because Grafana has no such setting; use false`,
    })),
    ...(["from", "username", "hello"] as const)
      .filter((key) => /\$(?:__\w+)?\{/.test(texts[key] ?? ""))
      .map((key) => ({
        path: `alerting.email.${key}`,
        message:
          'contains "${" or "$__…{", which Grafana replaces with variables or files; remove it, or disable visualization.email',
      })),
  ];
}

const homeDashboardKey = "visualization.homeDashboard";

/** A built-in dashboard on the start page is deployed. */
export function checkHomeDashboard(settings: Settings): Problem[] {
  const { enabled, homeDashboard } = settings.visualization;
  const builtIn: readonly string[] = Object.values(dashboardUids);
  if (!enabled || homeDashboard === undefined || !builtIn.includes(homeDashboard)) return [];
  const deployed: readonly string[] = deployedDashboards(settings).map((name) => dashboardUids[name]);
  if (deployed.includes(homeDashboard)) return [];
  return [
    {
      path: homeDashboardKey,
      message: `${show(homeDashboard)} is not deployed, because it would have no data with this config; enable what it shows, or use ${either(deployed.map((uid) => `"${uid}"`))}`,
    },
  ];
}

/** The dashboard on the start page exists. Reads the user's dashboards. */
export function checkHomeDashboardUid(settings: Settings): Problem[] {
  const { enabled, homeDashboard } = settings.visualization;
  if (!enabled || homeDashboard === undefined) return [];
  const own = extraDashboards(settings).files.map(({ path }) => path.replace(/\.json$/, ""));
  if ([...Object.values<string>(dashboardUids), ...own].includes(homeDashboard)) return [];
  return [
    {
      path: homeDashboardKey,
      message: `${show(homeDashboard)} is not the uid of a dashboard; use a uid such as "${dashboardUids.systemHealth}", or that of a file in visualization.extraDashboards`,
    },
  ];
}

/** Both use the same port, and the viewer's image exists only on the machine that built it. */
export function checkViewer(settings: Settings): Problem[] {
  const { visualization } = settings;
  if (!visualization.viewer.enabled) return [];
  const path = "visualization.viewer.enabled";
  const problems: Problem[] = [];
  if (visualization.enabled) {
    problems.push({
      path,
      message:
        "true requires visualization.enabled: false, because the viewer replaces Grafana; use false, or disable Grafana",
    });
  }
  if (!traitsOf(settings).usesDockerEngine) {
    problems.push({ path, message: "true is supported only with platform: docker; use false" });
  }
  return problems;
}
