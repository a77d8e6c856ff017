import damerauLevenshtein from "damerau-levenshtein";
import type { z } from "zod";
import { movedTo } from "./moved-keys.ts";
import { isSecretField } from "./secret-words.ts";
import { withoutSecrets } from "./urls.ts";

/** A problem with the config: the key path, and a message with the value found, what is allowed and how to fix it. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** How many problems a message lists. */
const printed = 50;

/** An invalid config. Carries all problems; the message is shown to the user. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.slice(0, printed).map(({ path, message }) => visible(`  ${path}: ${message}`));
    if (problems.length > printed) lines.push(`  … and ${problems.length - printed} more`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${file} has ${count}; nothing was changed.\n\n${lines.join("\n")}\n`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Alternatives in a sentence, such as "a, b or c". */
export function either(values: readonly string[]): string {
  return values.length < 2 ? (values[0] ?? "") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** Formats a key path, such as `metrics.targets[0].name`. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, key) => {
    if (typeof key === "number") return `${whole}[${key}]`;
    const shown = showKey(String(key));
    return whole === "" ? shown : `${whole}.${shown}`;
  }, "");
}

/** Quotes keys that would be hard to tell from the text around them. */
export function showKey(key: string): string {
  return /^(?!.*\.(?:\.|$))[\w<>:-][\w.<>:-]{0,79}$/.test(key) ? key : show(key);
}

/** Escapes characters that would change how a terminal or a page shows the text around them. */
function visible(text: string): string {
  const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
  return text.replaceAll(unsafe, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** What the schema and the rest of the config say about a key. */
interface KeyFacts {
  readonly knownKeys: (path: readonly PropertyKey[]) => readonly string[];
  readonly isOptional?: (path: readonly PropertyKey[]) => boolean;
  /** Describes an unknown key that belongs elsewhere. */
  readonly misplaced?: (path: readonly PropertyKey[]) => string | undefined;
}

/** Converts zod issues to problems that include the value found. */
export function toProblems(
  { issues }: z.ZodError,
  input: unknown,
  { knownKeys, isOptional = () => true, misplaced = () => undefined }: KeyFacts,
): Problem[] {
  const mistyped = new Set<string>();
  return issues.flatMap((issue) => {
    const path = keyPath(issue.path);
    // A value of the wrong type may also be too short.
    if (mistyped.has(path)) return [];
    if (issue.code === "invalid_type") mistyped.add(path);
    if (issue.code === "unrecognized_keys") {
      const known = knownKeys(issue.path);
      return issue.keys.map((key, index) => {
        const whole = [...issue.path, key];
        const path = keyPath(whole);
        const newPath = movedTo(path);
        if (newPath !== undefined)
          return { path, message: `has moved; use ${newPath}: ${show(valueAt(input, whole))}` };
        const place = misplaced(whole);
        if (place !== undefined) return { path, message: place };
        // Finding the closest key takes time, and further problems are only counted.
        return { path, message: unknownKey(key, index < printed ? known : []) };
      });
    }
    if (issue.code === "invalid_key") {
      const reason = issue.issues[0]?.message ?? "is not valid";
      return [{ path, message: `the key ${show(issue.path.at(-1))} ${reason}` }];
    }
    const value = valueAt(input, issue.path);
    if (value === undefined) return [{ path, message: `is required; ${missing(issue)}` }];
    if (value === null) {
      const removal = typeof issue.path.at(-1) === "number" ? "item" : isOptional(issue.path) ? "key" : undefined;
      return [{ path, message: `is empty; ${missing(issue)}${removal ? `, or remove the ${removal}` : ""}` }];
    }
    return [{ path, message: `${showFound(value, issue)} ${explain(issue)}` }];
  });
}

/** Formats a value for a message: as in YAML, without the credentials of URLs. Long values are truncated. */
export function show(value: unknown): string {
  return truncated(written(value));
}

/** Formats a value that the schema rejects. Hides possible secrets: long texts instead of a boolean, and texts in a map. */
function showFound(value: unknown, issue: z.core.$ZodIssue): string {
  if (typeof value === "object") return truncated(written(value, () => '"***"'));
  const isSecret = issue.code === "invalid_type" && issue.expected === "boolean" && String(value).length > 10;
  return isSecret ? '"***"' : show(value);
}

function truncated(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77).toWellFormed()}…` : text;
}

function quoted(text: string): string {
  return JSON.stringify(/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) ? "***" : withoutSecrets(text));
}

function written(value: unknown, inMap = quoted): string {
  if (typeof value === "string") return quoted(value);
  // JSON has no such numbers.
  if (typeof value === "number" && !Number.isFinite(value)) {
    return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, 50).map((item) => written(item, inMap));
    return `[${items.join(",")}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  const entries = Object.entries(value)
    .slice(0, 50)
    .map(([key, inner]) => `${quoted(key)}:${typeof inner === "string" ? inMap(inner) : written(inner, inMap)}`);
  return `{${entries.join(",")}}`;
}

function explain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `is not supported; use ${oneOf(issue.values)}`;
    case "invalid_type":
      // zod's default messages start like this; a message from the schema is more specific.
      return issue.message.startsWith("Invalid input")
        ? `has the wrong type; use ${typeName(issue.expected)}`
        : issue.message;
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? `is too short; use at least ${issue.minimum} ${issue.origin === "array" ? "item" : "character"}${issue.minimum === 1 ? "" : "s"}`
        : issue.message.startsWith("Too small")
          ? `is too small; use at least ${issue.minimum}`
          : issue.message;
    case "too_big":
      return issue.origin === "array"
        ? `has too many items; use at most ${issue.maximum}`
        : `is too large; use at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function missing(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `use ${oneOf(issue.values)}`;
  const message = explain(issue);
  return /; (.*)$/.exec(message)?.[1] ?? message;
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? String(shown[0]) : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: "a string",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
  };
  return names[expected] ?? expected;
}

/** Message for an unknown key: suggests the closest known key, and lists all known keys if there are few or none is close. */
export function unknownKey(key: string, known: readonly string[]): string {
  if (known.length === 0 || key.length > 80) return "is not a known key; remove it";
  const near = known
    .map((candidate) => ({ candidate, edits: distance(key.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(key.length, candidate.length) / 3)
    .sort((a, b) => a.edits - b.edits)[0];
  const names = known.join(", ");
  if (near === undefined && isSecretField(key))
    return "is not a known key; remove it, and use the secret for it from the list in docs/CONFIGURATION.md";
  if (near === undefined) return `is not a known key; known keys are ${names}`;
  return `is not a known key; did you mean "${near.candidate}"?${known.length <= 12 ? ` Known keys are ${names}.` : ""}`;
}

/** Edit distance in which a prefix counts as one edit. */
function distance(a: string, b: string): number {
  const begins = Math.min(a.length, b.length) >= 4 && (b.startsWith(a) || a.startsWith(b));
  return begins ? Math.min(1, editDistance(a, b)) : editDistance(a, b);
}

/** Damerau–Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  return damerauLevenshtein(a, b).steps;
}

/** The value at a path, or undefined if the path does not exist. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}
