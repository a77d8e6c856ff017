import { fingerprint } from "./notifications.ts";
import type { Reception } from "./receiver.ts";

const actions = ["trigger", "acknowledge", "resolve"];
const severities = ["critical", "error", "warning", "info"];

/**
 * Events API v2, with PagerDuty's validation (https://developer.pagerduty.com/docs/events-api-v2-overview), except that keys
 * can have any length.
 */
export function receivePagerDuty(body: Readonly<Record<string, unknown>>): Reception {
  const { routing_key: key, event_action: action, dedup_key: dedupKey, payload } = body;
  const details = (typeof payload === "object" && payload !== null ? payload : {}) as Record<string, unknown>;
  const errors = problems(body, details);
  if (errors.length > 0 || typeof key !== "string" || typeof action !== "string") {
    return { status: 400, answer: { status: "invalid event", message: "Event object is invalid", errors } };
  }
  const dedup = typeof dedupKey === "string" && dedupKey !== "" ? dedupKey : crypto.randomUUID().replaceAll("-", "");
  return {
    status: 202,
    answer: { status: "success", message: "Event processed", dedup_key: dedup },
    notification: {
      kind: "pagerduty",
      key_fingerprint: fingerprint(key),
      action,
      dedup_key: dedup,
      ...(typeof details.severity === "string" ? { severity: details.severity } : {}),
      summary: typeof details.summary === "string" ? details.summary : `${action} ${dedup}`,
      payload: { ...body, routing_key: `sha256:${fingerprint(key)}` },
    },
  };
}

function problems(body: Readonly<Record<string, unknown>>, details: Readonly<Record<string, unknown>>): string[] {
  const { routing_key: key, event_action: action, dedup_key: dedupKey } = body;
  const found: string[] = [];
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  if (!isText(key)) found.push("'routing_key' is missing or blank");
  if (!actions.includes(String(action))) found.push(`'event_action' must be one of ${actions.join(", ")}`);
  if (action !== "trigger") {
    if (!isText(dedupKey)) found.push("'dedup_key' is missing or blank");
    return found;
  }
  if (!isText(details.summary)) found.push("'payload.summary' is missing or blank");
  if (String(details.summary).length > 1024) found.push("'payload.summary' is longer than 1024 characters");
  if (!isText(details.source)) found.push("'payload.source' is missing or blank");
  if (!severities.includes(String(details.severity))) {
    found.push(`'payload.severity' must be one of ${severities.join(", ")}`);
  }
  return found;
}
