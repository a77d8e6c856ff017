import { createRequire } from "node:module";
import { z } from "zod";
import { checkedText, text } from "../units.ts";

const require = createRequire(import.meta.url);

const maxCel = 4_000;

/** A CEL expression on the JSON in a response, as blackbox_exporter compiles it. */
export const cel = checkedText((written) => {
  // The parser is recursive.
  if (written.length > maxCel)
    return `is longer than ${maxCel} characters; use a shorter expression, or several probes`;
  // Loaded when needed: most configs have none, and the library takes long to load.
  const { Environment } = require("@marcbachmann/cel-js") as typeof import("@marcbachmann/cel-js");
  const { valid, type, error } = new Environment().registerVariable("body", "dyn").check(written);
  const example = "use an expression such as \"body.status == 'ok'\"";
  if (!valid) return `is not a valid CEL expression (${error?.message.split("\n")[0]}); ${example}`;
  return type === "bool" || type === "dyn" ? undefined : `is of type ${type}, not bool; ${example}`;
}, "is not a CEL expression; use one such as \"body.status == 'ok'\"");

/** A query of RFC 9535. */
export const jsonPath = checkedText((written) => {
  const { jsonpath } = require("json-p3") as typeof import("json-p3");
  try {
    jsonpath.compile(written);
    return undefined;
  } catch (error) {
    return `is not a valid JSON path (${(error as Error).message}); use a path such as "$.token"`;
  }
}, 'is not a JSON path; use a path such as "$.token"');

export const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

const status = z.int().min(100).max(599);
export const statuses = z.union([status, z.array(status).min(1)], {
  error: "is not an HTTP status; use a number between 100 and 599, or a list such as [200, 204]",
});

export const headerName = text(
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/,
  'is not a valid header name; use letters, digits and "-", such as "Accept"',
);
