import { load } from "js-yaml";
import { parseDuration } from "../../config/settings/units.ts";

/** A receiver that an alert is routed to, with the group intervals of the route. */
export interface Delivery {
  readonly receiver: string;
  readonly integrations: readonly string[];
  readonly groupWaitSeconds: number;
  readonly groupIntervalSeconds: number;
}

/** The parts of Alertmanager's running config that determine routing. */
export interface RunningConfig {
  readonly route: RunningRoute;
  readonly receivers: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

interface RunningRoute {
  readonly receiver?: string;
  readonly matchers?: readonly string[];
  readonly continue?: boolean;
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly routes?: readonly RunningRoute[];
}

/** Parses the config returned by `/api/v2/status`. */
export function parseRunningConfig(text: string): RunningConfig {
  return load(text) as RunningConfig;
}

/** All receivers of an alert with these labels, following Alertmanager's routing rules. */
export function deliveriesOf(
  { route, receivers }: RunningConfig,
  labels: Readonly<Record<string, string>>,
): Delivery[] {
  const defaults = { receiver: "", group_wait: "30s", group_interval: "5m" };
  return leavesFor(route, labels, defaults).flatMap(({ receiver, group_wait, group_interval }) => {
    const integrations = Object.entries(receivers.find(({ name }) => name === receiver) ?? {})
      .filter(([key, value]) => key.endsWith("_configs") && Array.isArray(value) && value.length > 0)
      .map(([key]) => key.replace(/_configs$/, ""));
    if (integrations.length === 0) return [];
    return [
      {
        receiver,
        integrations,
        groupWaitSeconds: parseDuration(group_wait) ?? 0,
        groupIntervalSeconds: parseDuration(group_interval) ?? 0,
      },
    ];
  });
}

type Inherited = Required<Pick<RunningRoute, "receiver" | "group_wait" | "group_interval">>;

function leavesFor(route: RunningRoute, labels: Readonly<Record<string, string>>, above: Inherited): Inherited[] {
  const here: Inherited = {
    receiver: route.receiver ?? above.receiver,
    group_wait: route.group_wait ?? above.group_wait,
    group_interval: route.group_interval ?? above.group_interval,
  };
  const leaves: Inherited[] = [];
  for (const child of route.routes ?? []) {
    if (!(child.matchers ?? []).every((matcher) => matches(matcher, labels))) continue;
    leaves.push(...leavesFor(child, labels, here));
    if (child.continue !== true) break;
  }
  return leaves.length > 0 ? leaves : [here];
}

/** Evaluates a matcher as printed by Alertmanager: `name="value"`, `!=`, `=~`, `!~`. */
function matches(matcher: string, labels: Readonly<Record<string, string>>): boolean {
  const [, name = "", operator = "", quoted = ""] = /^"?([^"=!~]+)"?(=~|!~|!=|=)(".*")$/s.exec(matcher) ?? [];
  if (name === "") throw new Error(`unsupported matcher in the running Alertmanager config: ${matcher}`);
  const wanted = JSON.parse(quoted) as string;
  const value = labels[name] ?? "";
  const found = operator.endsWith("~") ? new RegExp(`^(?:${wanted})$`, "s").test(value) : value === wanted;
  return operator.startsWith("!") ? !found : found;
}
