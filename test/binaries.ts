import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../scripts/lib/find-program.ts";
import { cacheFolder } from "../scripts/offline/cache.ts";
import { leftOutReason, leftOutVariable, type ProgramName } from "../scripts/test/programs.ts";

/** Programs that come from a package. */
type Installed = "alloy" | "grafana" | "haproxy" | "nginx";

/** Directory of Grafana's `conf` and `public`, as its packages install it. */
export const grafanaHome = process.env["GRAFANA_HOME"] ?? "/usr/share/grafana";

/** On PATH, else what `npm run sandbox -- images` built, or what only root has on PATH. */
function find(name: ProgramName | Installed): string | undefined {
  return findProgram(name, join(cacheFolder(), "bin"), "/usr/sbin", join(grafanaHome, "bin"));
}

/** Path of a real program that checks rendered files. Throws if it is not on this machine. Alloy and Grafana are never built here. */
export function binary(name: ProgramName | Installed): string {
  const path = find(name);
  if (path === undefined) throw new Error(missing([name]));
  return path;
}

/**
 * Options for a test that calls these programs. The test is skipped when `./test.sh` leaves one of them out, or when one is
 * missing; the reason says how to run it. In CI a missing program is an error, so that no test is skipped unnoticed.
 */
export function needs(...names: readonly ProgramName[]): { readonly skip: string | false } {
  const leftOut = process.env[leftOutVariable]?.split(",") ?? [];
  const slow = names.filter((name) => leftOut.includes(name));
  if (slow.length > 0) return { skip: `${leftOutReason}${slow.join(", ")}` };
  const absent = names.filter((name) => find(name) === undefined);
  if (absent.length === 0) return { skip: false };
  if (process.env.CI) throw new Error(missing(absent));
  return { skip: missing(absent) };
}

/** PostgreSQL, Redis and Nginx, for tests of the demo in front of them. */
export const demoServers = {
  postgres: { package: "postgresql", find: () => findInstalled("postgres") },
  initdb: { package: "postgresql", find: () => findInstalled("initdb") },
  "redis-server": { package: "redis-server", find: () => findInstalled("redis-server") },
  nginx: { package: "nginx-light", find: () => findInstalled("nginx") },
} as const;

/** Debian keeps PostgreSQL's programs in a folder for each version. */
function findInstalled(name: string): string | undefined {
  const versions = "/usr/lib/postgresql";
  const folders = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, "bin")) : [];
  return findProgram(name, "/usr/sbin", ...folders);
}

/** Options for a test that runs these servers, and calls other programs. */
export function needsDemoServers(...names: readonly ProgramName[]): { readonly skip: string | false } {
  const others = needs(...names);
  const absent = Object.values(demoServers).filter((server) => server.find() === undefined);
  if (others.skip || absent.length === 0) return others;
  const message = `install the packages ${[...new Set(absent.map((server) => server.package))].join(" ")}`;
  if (process.env.CI) throw new Error(message);
  return { skip: message };
}

/** The same for a test that calls HAProxy, and others. */
export function needsHaproxy(...names: readonly ProgramName[]): { readonly skip: string | false } {
  const others = needs(...names);
  if (others.skip || find("haproxy") !== undefined) return others;
  const absent = "haproxy not found: install the package haproxy";
  if (process.env.CI) throw new Error(absent);
  return { skip: absent };
}

/** Options for a test that calls Nginx. */
export function needsNginx(): { readonly skip: string | false } {
  if (find("nginx") !== undefined) return { skip: false };
  const absent = "nginx not found: install the package nginx-light";
  if (process.env.CI) throw new Error(absent);
  return { skip: absent };
}

/** Options for a test that calls Grafana. It is in no package registry, so a machine without it, such as CI's, skips the test. */
export function needsGrafana(): { readonly skip: string | false } {
  if (find("grafana") !== undefined && existsSync(join(grafanaHome, "conf/defaults.ini"))) return { skip: false };
  return {
    skip: `grafana not found in ${grafanaHome}: set GRAFANA_HOME, or see https://grafana.com/docs/grafana/latest/setup-grafana/installation/`,
  };
}

function missing(names: readonly string[]): string {
  return `${names.join(", ")} not found on PATH or in the cache: run \`npm run sandbox -- images\``;
}
