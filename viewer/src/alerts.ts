export interface AlertCounts {
  readonly active: number;
  /** Silenced or inhibited. */
  readonly suppressed: number;
}

/** UID of the alerts dashboard. */
export const alertsUid = "white-room-alerts";

/** Always firing alert for the heartbeat; not counted. */
const heartbeat = "Watchdog";

/** Counts the alerts in Alertmanager. Throws if it is unreachable. */
export async function countAlerts(): Promise<AlertCounts> {
  const response = await fetch("/api/alertmanager/api/v2/alerts");
  if (!response.ok) throw new Error(`Alertmanager returned ${response.status}`);
  const alerts = (await response.json()) as { labels: Record<string, string>; status: { state: string } }[];
  const counted = alerts.filter(({ labels }) => labels["alertname"] !== heartbeat);
  const suppressed = counted.filter(({ status }) => status.state === "suppressed").length;
  return { active: counted.length - suppressed, suppressed };
}
