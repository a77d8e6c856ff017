import { dump } from "js-yaml";
import { z } from "zod";
import { unwrap } from "../../config/settings/settings.ts";
import { exampleValues } from "./example-values.ts";
import { code } from "./markdown.ts";
import { adviceOf, boundsOf, innerOf } from "./schema-keys.ts";

/** Whether the value of a key is the text of a PEM file, which does not fit into a table. */
export function isPem(node: z.ZodType): boolean {
  return adviceOf(unwrap(node)).startsWith("the text of a PEM file");
}

/**
 * A valid value of a key: from {@link exampleValues}, or else derived from its default, options, bounds or error message;
 * undefined if there is none. For an object, an example of its required keys or, without any, of its first key.
 */
export function exampleOf(node: z.ZodType, path: string): unknown {
  const written = writtenFor(node, path);
  if (written !== undefined) return exampleValues[written];
  const inner = unwrap(node);
  if (inner instanceof z.ZodObject) return objectExample(inner, path);
  if (inner instanceof z.ZodRecord) {
    const key = exampleOf(inner.keyType as z.ZodType, "");
    const value = exampleOf(inner.valueType as z.ZodType, `${path}.<name>`);
    return value === undefined ? undefined : { [String(key ?? "name")]: value };
  }
  if (inner instanceof z.ZodArray) {
    const item = exampleOf(inner.element as z.ZodType, `${path}[]`);
    return item === undefined ? undefined : [item];
  }
  const preset = defaultOf(node);
  if (inner instanceof z.ZodBoolean) return preset !== true;
  if (inner instanceof z.ZodEnum) return inner.options.find((option) => option !== preset);
  if (preset !== undefined) return another(node, preset, path);
  if (inner instanceof z.ZodNumber) return Number.isFinite(inner.minValue) ? inner.minValue : 1;
  const bounds = boundsOf(inner);
  if (bounds !== undefined) return bounds.min ?? bounds.max;
  return /"((?:[^"\\]|\\.)*)"/.exec(/such as (.*)$/.exec(adviceOf(inner))?.[1] ?? "")?.[1];
}

/** The longest suffix of a path in {@link exampleValues} whose example is valid for the key. */
export function writtenFor(node: z.ZodType, path: string): string | undefined {
  const parts = path.split(".");
  return parts
    .map((_, from) => parts.slice(from).join("."))
    .find((end) => Object.hasOwn(exampleValues, end) && node.safeParse(exampleValues[end]).success);
}

/** A value that differs from the default if one can be derived: 10,000 is added to ports, other numbers are doubled. */
function another(node: z.ZodType, preset: unknown, path: string): unknown {
  const doubled =
    typeof preset === "number"
      ? preset + (/port$/i.test(path) ? 10_000 : preset)
      : String(preset).replace(/^\d+(?=[a-zA-Z]+$)/, (digits) => String(2 * Number(digits)));
  return node.safeParse(doubled).success ? doubled : preset;
}

function objectExample(object: z.ZodObject, path: string): unknown {
  const children = Object.entries(object.shape as Record<string, z.ZodType>);
  const required = children.filter(([, child]) => !child.safeParse(undefined).success);
  const shown = required.length > 0 ? required : children.slice(0, 1);
  const examples = shown.map(([key, child]) => [key, exampleOf(child, path === "" ? key : `${path}.${key}`)] as const);
  return examples.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(examples);
}

function defaultOf(node: z.ZodType): unknown {
  if (node instanceof z.ZodDefault) return node.def.defaultValue;
  const behind = innerOf(node);
  return behind === undefined ? undefined : defaultOf(behind);
}

/** Renders an example in YAML, as it appears after the key. */
export function inYaml(node: z.ZodType, path: string): string {
  if (isPem(node)) return `${code("|")} and the text on the following lines`;
  return code(dump(exampleOf(node, path), { flowLevel: 0, lineWidth: -1 }).trim());
}
