import { execFileSync } from "node:child_process";
import { datasourceUids } from "../../config/products/grafana/data-source-uids.ts";
import { provisionedUids } from "../../config/products/grafana/provisioned-data-sources.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { allDashboards } from "../../dashboards/all.ts";
import { requestComponent } from "../lib/component-request.ts";
import { deployedStack, root } from "../start/stack-project.ts";
import { grafanaAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** Grafana's data sources are healthy and its dashboards exist. */
export async function checkGrafana({ name, settings }: StackUnderTest): Promise<Finding[]> {
  if (!settings.visualization.enabled)
    return [
      { state: "off", what: "visualization", detail: "disabled; panel queries go to Prometheus and Loki directly" },
    ];
  const url = grafanaAddress(settings);
  const headers = await grafanaHeaders(name, settings);
  const findings: Finding[] = [];
  const withHealth: readonly string[] = [
    datasourceUids.prometheus,
    datasourceUids.localPrometheus,
    datasourceUids.loki,
  ];
  for (const uid of provisionedUids(settings)) {
    findings.push(
      await finding(`data source ${uid}`, async () => {
        // Not every plugin has a health endpoint, so check that the data source exists.
        const path = `/api/datasources/uid/${uid}${withHealth.includes(uid) ? "/health" : ""}`;
        const answer = (await ask(`${url}${path}`, { headers })) as { message?: string };
        return answer.message ?? "exists";
      }),
    );
  }
  const dashboards = (await ask(`${url}/api/search?type=dash-db&limit=5000`, { headers })) as {
    uid: string;
    title: string;
  }[];
  for (const { content } of allDashboards(settings)) {
    const { uid } = JSON.parse(content) as { uid: string };
    const found = dashboards.find((dashboard) => dashboard.uid === uid);
    findings.push(
      found
        ? { state: "ok", what: `dashboard ${uid}`, detail: found.title }
        : { state: "failed", what: `dashboard ${uid}`, detail: "not found" },
    );
  }
  return findings;
}

async function finding(what: string, question: () => Promise<string>): Promise<Finding> {
  try {
    return { state: "ok", what, detail: await question() };
  } catch (error) {
    return { state: "failed", what, detail: (error as Error).message };
  }
}

/** Sign-in of the administrator: an authorization header, or a session if the gateway needs that header itself. */
export async function grafanaHeaders(stack: string, settings: Settings): Promise<Record<string, string>> {
  const { network, visualization } = settings;
  const [user, password] = [visualization.adminUser, adminPassword(stack)];
  if (!network.gateway.enabled || network.gateway.grafanaSignIn === "own")
    return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
  const url = `${grafanaAddress(settings)}/login`;
  const answer = await requestComponent(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user, password }),
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok) throw new Error(`${url} returned ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return {
    cookie: answer.headers
      .getSetCookie()
      .map((each) => each.replace(/;.*/s, ""))
      .join("; "),
  };
}

function adminPassword(stack: string): string {
  const given = process.env["GRAFANA_ADMIN_PASSWORD"];
  if (given !== undefined) return given;
  const { pulumi, command } = deployedStack(stack);
  const words = ["stack", "output", "grafanaAdminPassword", "--show-secrets", "--stack", stack];
  try {
    return execFileSync(pulumi, words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `the Grafana password is unknown; set GRAFANA_ADMIN_PASSWORD, or fix the error of \`${command} ${words.join(" ")}\`: ${(stderr || message).trim()}`,
    );
  }
}
