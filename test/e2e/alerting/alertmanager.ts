/** An alert as Alertmanager has it. */
export interface KnownAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: "active" | "suppressed" | "unprocessed"; readonly inhibitedBy: readonly string[] };
}

/** Alerts that have not resolved, including suppressed ones; with this name, if given. */
export async function alertsOf(name?: string): Promise<KnownAlert[]> {
  const filter = name === undefined ? "" : `?filter=${encodeURIComponent(`alertname="${name}"`)}`;
  const answer = await fetch(`http://127.0.0.1:9093/api/v2/alerts${filter}`, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}`);
  return (await answer.json()) as KnownAlert[];
}

/** Names and services of the inhibited alerts. */
export async function inhibited(): Promise<string[]> {
  const alerts = await alertsOf();
  return alerts
    .filter(({ status }) => status.state === "suppressed" && status.inhibitedBy.length > 0)
    .map(({ labels }) => `${labels["alertname"]} ${labels["service"]}`);
}

/** Fires an alert of priority P0 for a minute. */
export async function postAlert(alertname: string): Promise<void> {
  const labels = {
    alertname,
    severity: "critical",
    priority: "P0",
    team: "platform",
    service: "monitoring",
    cluster: "local",
  };
  const annotations = {
    summary: "A test",
    description: "A test",
    runbook_url: "http://localhost/",
    dashboard_url: "http://localhost/",
  };
  const answer = await fetch("http://127.0.0.1:9093/api/v2/alerts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ labels, annotations, endsAt: new Date(Date.now() + 60_000).toISOString() }]),
  });
  if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}: ${await answer.text()}`);
}
