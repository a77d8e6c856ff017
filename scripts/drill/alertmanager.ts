import { requestComponent } from "../lib/component-request.ts";
import type { DrillAlert } from "./alerts.ts";
import { type CountersByReceiver, readCounters } from "./counters.ts";
import type { AlertState } from "./outcome.ts";
import { parseRunningConfig, type RunningConfig } from "./routing.ts";

/** The running Alertmanager; for a cluster, all replicas, because only one of them sends. */
export class RunningAlertmanager {
  readonly #urls: readonly string[];

  constructor(urls: readonly string[]) {
    this.#urls = urls.map((url) => url.replace(/\/+$/, ""));
  }

  async config(): Promise<RunningConfig> {
    const { config } = (await this.#json("/api/v2/status")) as { config: { original: string } };
    return parseRunningConfig(config.original);
  }

  /** Environments of the Watchdog alerts: identifies the stack regardless of the command line. */
  async environments(): Promise<string[]> {
    const alerts = await this.#alerts('alertname="Watchdog"');
    return [...new Set(alerts.flatMap(({ labels }) => labels.env ?? []))];
  }

  async counters(): Promise<CountersByReceiver> {
    return readCounters(...(await Promise.all(this.#urls.map((url) => text(`${url}/metrics`)))));
  }

  /** Fires the alerts until `endsAt`; a past time resolves them. */
  async fire(alerts: readonly DrillAlert[], startsAt: Date, endsAt: Date): Promise<void> {
    const body = JSON.stringify(alerts.map((alert) => ({ ...alert, startsAt, endsAt })));
    const post = { method: "POST", headers: { "content-type": "application/json" }, body };
    await Promise.all(this.#urls.map((url) => text(`${url}/api/v2/alerts`, post)));
  }

  async states(service: string): Promise<AlertState[]> {
    const alerts = await this.#alerts(`service=${JSON.stringify(service)}`);
    return alerts.map(({ labels, status }) => ({ ...status, alertname: labels.alertname ?? "" }));
  }

  async #alerts(filter: string) {
    return (await this.#json(`/api/v2/alerts?filter=${encodeURIComponent(filter)}`)) as {
      labels: Record<string, string>;
      status: Pick<AlertState, "silencedBy" | "inhibitedBy" | "mutedBy">;
    }[];
  }

  async #json(path: string): Promise<unknown> {
    return JSON.parse(await text(`${this.#urls[0]}${path}`));
  }
}

async function text(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await requestComponent(url, { signal: AbortSignal.timeout(10_000), ...init }).catch(() => undefined);
  if (answer === undefined) {
    throw new Error(
      `${url} does not respond. Is the stack running? Use --url or --stack to choose another Alertmanager`,
    );
  }
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${url} returned ${answer.status}: ${body.slice(0, 300)}`);
  return body;
}
