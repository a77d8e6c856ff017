import damerauLevenshtein from "damerau-levenshtein";
import type { z } from "zod";

/** One thing wrong with the config: where, and in words what was found, what is allowed and what to write. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** A config that cannot be used. Carries every problem at once; the message is what the user reads. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${file} has ${count}; nothing was changed.\n\n${lines.join("\n")}\n`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `metrics.targets[0].name`, as a user would write the path of a key. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, key) => {
    if (typeof key === "number") return `${whole}[${key}]`;
    return whole === "" ? String(key) : `${whole}.${String(key)}`;
  }, "");
}

/** zod's issues in our words, with the value that was found. */
export function toProblems(
  error: z.ZodError,
  input: unknown,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = keyPath(issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: keyPath([...issue.path, key]),
        message: unknownKey(key, knownKeys(issue.path)),
      }));
    }
    if (issue.code === "invalid_key") {
      const reason = issue.issues[0]?.message ?? "is no valid key";
      return [{ path, message: `the key ${JSON.stringify(issue.path.at(-1))} ${reason}` }];
    }
    const value = valueAt(input, issue.path);
    if (value === undefined) return [{ path, message: `is missing: ${missing(issue)}` }];
    if (value === null) return [{ path, message: `is empty: ${missing(issue)}, or remove the key` }];
    return [{ path, message: `${show(value)} ${explain(issue)}` }];
  });
}

/** A value as it is shown in a message; long ones are cut. */
export function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function explain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `is not known: write ${oneOf(issue.values)}`;
    case "invalid_type":
      // What the schema says knows more than the type; zod's own words begin like this.
      return issue.message.startsWith("Invalid input")
        ? `is of the wrong type: write ${typeName(issue.expected)}`
        : issue.message;
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? `is too short: write at least ${issue.minimum} ${issue.origin === "array" ? "item" : "character"}${issue.minimum === 1 ? "" : "s"}`
        : `is too small: write at least ${issue.minimum}`;
    case "too_big":
      return `is too large: write at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function missing(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `write ${oneOf(issue.values)}`;
  const message = explain(issue);
  return /: (.*)$/.exec(message)?.[1] ?? message;
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? String(shown[0]) : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map of keys",
    record: "a map of keys",
  };
  return names[expected] ?? expected;
}

/** "is not a key", with the known one that it nearly is; where that is none, or where there are few, with all of them. */
export function unknownKey(key: string, known: readonly string[]): string {
  if (known.length === 0) return "is not a key: remove it";
  const near = known
    .map((candidate) => ({ candidate, edits: distance(key.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(key.length, candidate.length) / 3)
    .sort((a, b) => a.edits - b.edits)[0];
  const names = known.join(", ");
  if (near === undefined) return `is not a key: known are ${names}`;
  return `is not a key: did you mean "${near.candidate}"?${known.length <= 12 ? ` Known are ${names}.` : ""}`;
}

/** Edits from one word to the other; a word that begins the other counts as one edit away. */
function distance(a: string, b: string): number {
  const begins = Math.min(a.length, b.length) >= 4 && (b.startsWith(a) || a.startsWith(b));
  return begins ? Math.min(1, editDistance(a, b)) : editDistance(a, b);
}

/** Letters to add, remove, change, or swap with the next, from one word to the other. */
export function editDistance(a: string, b: string): number {
  return damerauLevenshtein(a, b).steps;
}

/** What lies at a path; undefined where the path leads nowhere. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
}
