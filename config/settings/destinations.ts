import { z } from "zod";
import { regex } from "./regular-expression.ts";
import { headerName } from "./sections/expectations.ts";
import { type ConnectionKind, connection } from "./tls.ts";
import { httpUrl, name, plainText, text, wrongType } from "./units.ts";

/**
 * Headers that the collectors and Prometheus set themselves:
 * https://github.com/prometheus/prometheus/blob/v3.15.1/config/config.go
 */
const reserved = new Set([
  ...["accept-encoding", "connection", "content-encoding", "content-length", "content-type", "host", "keep-alive"],
  ...["proxy-authenticate", "proxy-authorization", "user-agent", "www-authenticate"],
  ...["x-amz-content-sha256", "x-amz-date", "x-amz-security-token"],
  ...["x-prometheus-remote-read-version", "x-prometheus-remote-write-version"],
]);

/** A system outside the stack to which metrics or logs are sent. */
export function destination(kind: Exclude<ConnectionKind, "application">, what: string) {
  return {
    url: httpUrl.describe(what),
    name: name.optional().describe("Name of the endpoint; required for its secrets and certificates."),
    ...connection(kind),
    headers: z
      .record(
        headerName.refine((written) => !reserved.has(written.toLowerCase()), {
          error: "is a reserved header; remove it",
        }),
        plainText,
      )
      .optional()
      .describe("Request headers, such as X-Scope-OrgID for the tenant. For secrets, use auth."),
    proxyUrl: httpUrl.optional().describe("HTTP proxy, without credentials."),
  };
}

const filterLabel = text(
  /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  'is not a valid label name; use letters, digits and "_", such as "service"',
);

/** Which series or lines a destination gets. */
export function filters(things: "series" | "lines", labels: string) {
  return z
    .array(
      z.strictObject({
        action: z
          .enum(["keep", "drop"])
          .describe(`keep sends only ${things} that match, drop does not send ${things} that match.`),
        labels: z
          .record(filterLabel, regex, { error: wrongType("a map", '{service: "postgres|redis"}') })
          .refine((written) => Object.keys(written).length > 0, {
            error: 'is empty; use at least one label, such as {service: "postgres|redis"}',
          })
          .describe(`RE2 expressions by label. ${labels}. All must match the whole value.`),
      }),
    )
    .optional()
    .describe(`Filters, applied in this order. If unset, all ${things} are sent.`);
}

export type Filter = { readonly action: "keep" | "drop"; readonly labels: Readonly<Record<string, string>> };

/** A filter as a relabelling rule. */
export function relabelFilter({ action, labels }: Filter) {
  const expressions = Object.values(labels);
  return {
    source_labels: Object.keys(labels),
    // A single expression is anchored as a whole; several are joined by the separator.
    regex: expressions.length === 1 ? (expressions[0] ?? "") : expressions.map((each) => `(?:${each})`).join(";"),
    action,
  };
}
