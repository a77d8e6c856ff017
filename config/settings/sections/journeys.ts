import { z } from "zod";
import { isWhole, placeholder } from "../../products/journeys/placeholders.ts";
import { regex } from "../regular-expression.ts";
import { tls } from "../tls.ts";
import { checkedText, duration, name, plainText, plainUrlProblem, text, wrongType } from "../units.ts";
import { cel, headerName, jsonPath, methods, statuses } from "./expectations.ts";

const exampleUrl =
  'use an absolute URL, such as "https://host.example.com/login", or a saved one, such as "${location}"';

/** A URL with placeholders after its host. */
const url = checkedText((written) => {
  if (isWhole(written)) return undefined;
  const host = /^[^/]*\/\/[^/?#]*/.exec(written)?.[0] ?? "";
  if (host.includes("${"))
    return "has a placeholder in its host; use a fixed host, and placeholders in the path and query only";
  return plainUrlProblem(written.replaceAll(placeholder, "x"));
}, `is not a valid URL; ${exampleUrl}`);

const savedName = text(
  (written) => /^[A-Za-z][A-Za-z0-9]{0,39}$/.test(written) && !["runId", "secret"].includes(written),
  'is not a valid name of a value; use letters and digits, such as "token", but not runId or secret',
);

const request = z.strictObject(
  {
    method: z.enum(methods).default("GET").describe("Request method."),
    url: url.describe(
      "URL to request. Redirects are not followed; save their Location header and request it in a step.",
    ),
    headers: z.record(headerName, plainText).default({}).describe("Request headers."),
    json: z.record(z.string(), z.unknown()).optional().describe("Body, sent as JSON."),
    form: z.record(z.string(), z.string()).optional().describe("Body, sent as the fields of an HTML form."),
    body: z
      .string()
      .min(1)
      .max(65_536)
      .optional()
      .describe("Body, sent as text/plain unless headers has a Content-Type."),
  },
  { error: wrongType("a map", '{url: "https://host.example.com/login"}') },
);

const expect = z.strictObject({
  status: statuses.optional().describe("Accepted status codes, one or a list. Defaults to all of 200 to 299."),
  body: regex.optional().describe("RE2 expression that the body must match."),
  bodyNot: regex.optional().describe("RE2 expression that the body must not match."),
  json: cel
    .optional()
    .describe("CEL expression that must be true for the JSON in the body, such as `body.status == 'ok'`."),
  headers: z.record(headerName, regex).optional().describe("RE2 expressions that these response headers must match."),
});

const saved = z.strictObject({
  json: jsonPath.optional().describe("JSON path (RFC 9535) of the value in the body, such as `$.token`."),
  header: headerName.optional().describe("Response header with the value."),
  cookie: plainText.optional().describe("Name of the cookie with the value."),
});

const step = z.strictObject({
  name: name.describe("Name of the step, in alerts and metrics."),
  timeout: duration({ min: "100ms", max: "2m" }).default("10s").describe("Time after which the step fails."),
  request: request.describe(
    "What to send. `${NAME}` is a value saved by an earlier step, `${secret.NAME}` the secret journeySecret-<journey>-NAME, `${runId}` different in each run.",
  ),
  expect: expect.optional().describe("What makes the step succeed."),
  save: z
    .record(savedName, saved)
    .optional()
    .describe("Values for later steps, by name, each from json, header or cookie. The step fails if one is missing."),
});

/** A journey of probes.journeys. Values that depend on other keys are checked in journey-checks.ts. */
export const journey = z.strictObject({
  name: name.describe("Name of the journey, the value of its probe label."),
  service: name.optional().describe("Value of the service label. Defaults to the name of the journey."),
  team: name.default("platform").describe("Team that gets the journey's alerts, one of alerting.teams."),
  every: duration({ min: "10s", max: "5m" })
    .default("1m")
    .describe("Interval. After a failure, the journey runs again within 30s."),
  timeout: duration({ min: "1s", max: "5m" })
    .optional()
    .describe("Time after which the journey fails; at most the interval. Defaults to 30s, or the interval if shorter."),
  tls: tls.prefault({}).describe("Verification of the servers' certificates."),
  steps: z
    .array(step, { error: wrongType("a list", '[{name: "page", request: {url: "https://host.example.com"}}]') })
    .min(1)
    .describe("Requests, in this order, until one fails."),
});
