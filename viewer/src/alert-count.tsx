import { Icon } from "@grafana/ui";
import { useEffect, useState } from "react";
import { type AlertCounts, alertsUid, countAlerts } from "./alerts.ts";
import type { Stack } from "./api.ts";

/** Polling interval in milliseconds. */
const interval = 30_000;

/** Number of current alerts, with a link to the alerts dashboard. Empty if Alertmanager is unreachable. */
export function AlertCount({ stack }: { stack: Stack }) {
  const [counts, setCounts] = useState<AlertCounts>();
  const hasAlertmanager = stack.sources.includes("alertmanager");
  useEffect(() => {
    if (!hasAlertmanager) return;
    const poll = () => {
      if (!document.hidden) void countAlerts().then(setCounts, () => setCounts(undefined));
    };
    poll();
    const timer = setInterval(poll, interval);
    return () => clearInterval(timer);
  }, [hasAlertmanager]);
  if (counts === undefined) return null;
  const { active, suppressed } = counts;
  const text = `${active} ${active === 1 ? "alert" : "alerts"}${suppressed > 0 ? `, ${suppressed} silenced or inhibited` : ""}`;
  const isListed = stack.dashboards.some(({ uid }) => uid === alertsUid);
  return (
    <span className="viewer-alerts">
      <Icon name="bell" /> {isListed ? <a href={`/d/${alertsUid}`}>{text}</a> : text}
    </span>
  );
}
