/** Placeholder for the id of the run. Any other `${…}` in a step is a saved value or a secret (`secret.<name>`). */
export const runId = "runId";
export const secretPrefix = "secret.";

export const placeholder = /\$\{([^{}]*)\}/g;

/** A text that is one placeholder and nothing else: it keeps the type of the saved value. */
const whole = /^\$\{([\w.]*)\}$/;

export function isWhole(text: string): boolean {
  return whole.test(text);
}

/** Names of all placeholders in a text. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(placeholder)].map(([, name = ""]) => name);
}

/** Every text of a JSON value. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

export type Scalar = string | number | boolean | null;
export type Values = (name: string) => Scalar;

/** Replaces the placeholders of a text, each by its encoded value. */
export function filled(text: string, values: Values, encode: (value: string) => string = (value) => value): string {
  return text.replaceAll(placeholder, (_, name: string) => encode(String(values(name))));
}

/** Replaces the placeholders in all texts of a JSON value. */
export function filledJson(value: unknown, values: Values): unknown {
  if (typeof value === "string") {
    const name = whole.exec(value)?.[1];
    return name === undefined ? filled(value, values) : values(name);
  }
  if (Array.isArray(value)) return value.map((each) => filledJson(each, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledJson(each, values)]));
}
