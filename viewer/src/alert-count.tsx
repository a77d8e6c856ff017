import { Icon } from "@grafana/ui";
import { useEffect, useState } from "react";
import { type AlertCounts, alertsUid, countAlerts } from "./alerts.ts";
import type { Stack } from "./api.ts";

/** Milliseconds between two looks at Alertmanager. */
const interval = 30_000;

/** What Alertmanager has right now, with a link to the dashboard of alerts. Nothing where it does not answer. */
export function AlertCount({ stack }: { stack: Stack }) {
  const [counts, setCounts] = useState<AlertCounts>();
  const isPartOfStack = stack.sources.includes("alertmanager");
  useEffect(() => {
    if (!isPartOfStack) return;
    const look = () => {
      if (!document.hidden) void countAlerts().then(setCounts, () => setCounts(undefined));
    };
    look();
    const timer = setInterval(look, interval);
    return () => clearInterval(timer);
  }, [isPartOfStack]);
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
