import { createRequire } from "node:module";

/** Stream labels set in config/products/collector. */
export const streamLabels = ["job", "service", "cluster", "env", "host", "level", "namespace", "container"] as const;

const general =
  'is not a valid stream selector; use labels and values in braces, such as \'{service="nginx", level="debug"}\'';

const blank = String.raw`[ \t\r\n]*`;
const matcher = new RegExp(
  `${blank}(${streamLabels.join("|")})${blank}(=~|!~|!=|=)${blank}("(?:[^"\\\\\\n]|\\\\.)*"|\`[^\`]*\`)${blank}`,
  "y",
);

/**
 * Describes why Loki would reject a stream selector, and how to fix it; undefined if it is valid. See
 * https://grafana.com/docs/loki/latest/query/log_queries/#log-stream-selector
 */
export function streamSelectorProblem(text: string): string | undefined {
  const matchers = parse(text);
  if (matchers === undefined) return general;
  let selective = false;
  for (const { operator, written } of matchers) {
    const value = unquote(written);
    if (value === undefined) {
      return `has an invalid escape in ${written}; ${escapeFix}`;
    }
    const requires = requiresValue(operator, value);
    if (requires === undefined) return `has an invalid regular expression, ${written}; use RE2 syntax`;
    selective ||= requires;
  }
  return selective
    ? undefined
    : "would match streams without the label; add a matcher that requires a value, such as 'service=~\".+\"'";
}

function parse(text: string): { operator: string; written: string }[] | undefined {
  if (!text.startsWith("{") || !text.endsWith("}") || !text.isWellFormed() || text.includes("\0")) return undefined;
  const found: { operator: string; written: string }[] = [];
  for (let position = 1; ; position += 1) {
    matcher.lastIndex = position;
    const [whole, , operator = "", written = ""] = matcher.exec(text) ?? [];
    if (whole === undefined) return undefined;
    found.push({ operator, written });
    position += whole.length;
    if (position === text.length - 1) return found;
    if (text[position] !== ",") return undefined;
  }
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

export const escapeFix = 'put the value in backquotes, or write a backslash as "\\\\"';

/** The value of a Go string literal; undefined if it has an invalid escape. */
export function unquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("`")) return inner.replaceAll("\r", "");
  let invalid = false;
  const value = inner.replace(
    /\\(?:x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g,
    (_, byte, octal, short, long, letter: string | undefined) => {
      if (letter !== undefined) {
        invalid ||= escapes[letter] === undefined;
        return escapes[letter] ?? "";
      }
      const code = octal === undefined ? Number.parseInt(byte ?? short ?? long, 16) : Number.parseInt(octal, 8);
      const surrogate = code >= 0xd800 && code <= 0xdfff;
      invalid ||= surrogate || code > (byte === undefined && octal === undefined ? 0x10ffff : 0xff);
      return invalid ? "" : String.fromCodePoint(code);
    },
  );
  return invalid ? undefined : value;
}

const require = createRequire(import.meta.url);

/**
 * Whether a matcher of Prometheus or Loki excludes series or streams without the label; undefined if its regular expression is
 * invalid.
 */
export function requiresValue(operator: string, value: string | undefined): boolean | undefined {
  const matchesEmpty = operator.endsWith("~") ? regexMatchesEmpty(value ?? "") : value === "";
  return matchesEmpty === undefined || operator.startsWith("!") ? matchesEmpty : !matchesEmpty;
}

/** Whether a regular expression, anchored as in matchers, matches the empty string; undefined if it is invalid. */
export function regexMatchesEmpty(expression: string): boolean | undefined {
  // Loaded here, because most configs have no selectors, and the module takes as long to load as all others of settings.
  const { RE2JS } = require("re2js") as typeof import("re2js");
  try {
    return RE2JS.compile(expression, RE2JS.DOTALL).matches("");
  } catch {
    return undefined;
  }
}
