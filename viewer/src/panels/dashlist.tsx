import { dashboardHref } from "../links.ts";
import { optionsOf, type PanelProps } from "./props.ts";

interface DashboardListOptions {
  readonly tags?: readonly string[];
  readonly maxItems?: number;
  readonly keepTime?: boolean;
}

/** Links to the dashboards with the panel's tags. */
export function DashboardList({ panel, height, dashboards, scope }: PanelProps) {
  const { tags = [], maxItems = 100, keepTime } = optionsOf<DashboardListOptions>(panel);
  const listed = dashboards.filter((each) => tags.every((tag) => each.tags.includes(tag))).slice(0, maxItems);
  return (
    <ul className="viewer-list" style={{ height }}>
      {listed.map(({ uid, title }) => (
        <li key={uid}>
          <a href={dashboardHref(uid, keepTime === true ? scope : undefined)}>{title}</a>
        </li>
      ))}
    </ul>
  );
}
