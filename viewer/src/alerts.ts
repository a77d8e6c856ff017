export interface AlertCounts {
  readonly active: number;
  /** Silenced or inhibited: nobody is notified of these. */
  readonly suppressed: number;
}

/** Uid of the dashboard of alerts. */
export const alertsUid = "white-room-alerts";

/** The alert that always fires, to prove that the way to people works. It is no news. */
const heartbeat = "Watchdog";

/** Counts the alerts that Alertmanager has. Throws where it does not answer. */
export async function countAlerts(): Promise<AlertCounts> {
  const answer = await fetch("/api/alertmanager/api/v2/alerts");
  if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}`);
  const alerts = (await answer.json()) as { labels: Record<string, string>; status: { state: string } }[];
  const news = alerts.filter(({ labels }) => labels["alertname"] !== heartbeat);
  const suppressed = news.filter(({ status }) => status.state === "suppressed").length;
  return { active: news.length - suppressed, suppressed };
}
