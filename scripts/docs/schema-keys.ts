import { z } from "zod";
import { unwrap } from "../../config/settings/settings.ts";
import { code } from "./markdown.ts";

/** A row of the configuration reference. */
export interface KeyRow {
  readonly path: string;
  readonly type: string;
  readonly default: string;
  readonly allowed: string;
  readonly description: string;
  readonly node: z.ZodType;
}

/** All keys of a part of the schema. `limits` objects are a single row, because they are all alike. */
export function keysOf(node: z.ZodType, path: string): KeyRow[] {
  const inner = unwrap(node);
  if (/limits$/i.test(path))
    return [{ ...row(node, path), type: "[limits](#limits)", default: shown(inner.parse({})) }];
  if (inner instanceof z.ZodObject) return [...own(node, path), ...childrenOf(inner, path)];
  if (inner instanceof z.ZodRecord)
    return collection(node, path, inner.valueType as z.ZodType, `${path}.<name>`, "map of");
  if (inner instanceof z.ZodArray) return collection(node, path, inner.element as z.ZodType, `${path}[]`, "list of");
  return [row(node, path)];
}

export function childrenOf(object: z.ZodObject, path: string): KeyRow[] {
  const children = Object.entries(object.shape as Record<string, z.ZodType>);
  return children.flatMap(([key, child]) => keysOf(child, path === "" ? key : `${path}.${key}`));
}

/** An object has its own row if it has a description or is optional. */
function own(node: z.ZodType, path: string): KeyRow[] {
  const optional = node instanceof z.ZodOptional;
  if (!optional && (descriptionOf(node) === "" || !path.includes("."))) return [];
  return [{ ...row(node, path), type: "object", default: optional ? "unset" : "" }];
}

function collection(node: z.ZodType, path: string, item: z.ZodType, itemPath: string, words: string): KeyRow[] {
  const inner = unwrap(item);
  if (!(inner instanceof z.ZodObject)) {
    return [
      { ...row(node, path), type: `${words} ${plural[typeOf(inner)] ?? typeOf(inner)}`, allowed: allowedOf(inner) },
    ];
  }
  return [{ ...row(node, path), type: `${words} objects`, allowed: "" }, ...childrenOf(inner, itemPath)];
}

const plural: Readonly<Record<string, string>> = { string: "strings", choice: "choices", value: "values" };

function row(node: z.ZodType, path: string): KeyRow {
  const inner = unwrap(node);
  return {
    path,
    type: typeOf(inner),
    default: defaultOf(node),
    allowed: allowedOf(inner),
    description: descriptionOf(node),
    node,
  };
}

function typeOf(inner: z.ZodType): string {
  if (inner instanceof z.ZodBoolean) return "boolean";
  if (inner instanceof z.ZodEnum) return "choice";
  if (inner instanceof z.ZodUnknown) return "value";
  if (inner instanceof z.ZodNumber) return inner.format === "safeint" ? "integer" : "number";
  return boundsOf(inner) === undefined ? "string" : "duration";
}

/** Allowed values, taken from the schema's checks and error messages. */
function allowedOf(inner: z.ZodType): string {
  if (inner instanceof z.ZodBoolean) return "";
  if (inner instanceof z.ZodEnum) return inner.options.map(String).map(code).join(", ");
  if (inner instanceof z.ZodNumber) {
    const [least, most] = [inner.minValue, inner.maxValue];
    return Number.isFinite(least) && Number.isFinite(most) ? `${least} to ${most}` : "";
  }
  const bounds = boundsOf(inner);
  return bounds === undefined ? adviceOf(inner) : `${bounds.min ?? "0s"} to ${bounds.max}`;
}

/** Bounds of a duration, set as metadata in units.ts. */
export function boundsOf(inner: z.ZodType): { min?: string; max?: string } | undefined {
  return inner.meta()?.["bounds"] as { min?: string; max?: string } | undefined;
}

/** The fix in the error message of an invalid value. */
export function adviceOf(inner: z.ZodType): string {
  const { error, checks = [] } = inner._zod.def;
  const messages = [error, ...checks.map((check) => check._zod.def.error)].map((text) =>
    typeof text === "function" ? text({ code: "custom", input: "", path: [], message: "" } as never) : undefined,
  );
  const said = messages.find((message): message is string => typeof message === "string") ?? "";
  return /; (?:use )?(.*)$/.exec(said)?.[1] ?? "";
}

function defaultOf(node: z.ZodType): string {
  if (node instanceof z.ZodDefault) return shown(node.def.defaultValue);
  if (node instanceof z.ZodOptional) return "unset";
  const behind = innerOf(node);
  return behind === undefined ? "required" : defaultOf(behind);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return code(JSON.stringify(value));
  if (typeof value !== "object" || value === null) return code(String(value));
  const entries = Object.entries(value);
  return entries.length === 0 ? code("{}") : entries.map(([key, inner]) => code(`${key}: ${inner}`)).join(", ");
}

function descriptionOf(node: z.ZodType): string {
  if (node.description !== undefined) return node.description;
  const behind = innerOf(node);
  return behind === undefined ? "" : descriptionOf(behind);
}

/** The schema inside a default, optional or transform. */
export function innerOf(node: z.ZodType): z.ZodType | undefined {
  const { innerType, in: input } = node._zod.def as { innerType?: z.ZodType; in?: z.ZodType };
  return innerType ?? input;
}
