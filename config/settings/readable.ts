import type { z } from "zod";
import { withIndexes } from "./key-paths.ts";
import { keyPath, valueAt } from "./problems.ts";
import { schema } from "./schema.ts";

type Values = z.output<typeof schema>;

/** An item of a list or an entry of a map that was removed. */
export interface Removed {
  /** Path of the list or map. */
  readonly parent: string;
  /** Names by which other keys refer to it. */
  readonly names: readonly string[];
  /** Names of values that later steps of a journey use. */
  readonly saved: readonly string[];
}

/** What the schema accepts of a config. */
export interface Readable {
  /** Undefined if nothing can be read. */
  readonly values: Values | undefined;
  /** Undefined if the schema accepts everything. */
  readonly error?: z.ZodError;
  readonly removed: readonly Removed[];
  /** Replaces indexes in a text by those in the config, because items that follow a removed one have moved up. */
  readonly withOriginalIndexes: (text: string) => string;
}

/**
 * Parses a config; accepts strings where they can be converted to the expected number or boolean. Removes everything the
 * schema rejects, so that the cross-field checks can run in the same pass. If a required key is removed, so is the object it
 * belongs to.
 */
export function readConfig(plain: Record<string, unknown>): Readable {
  const { config, parsed } = parseConverted(plain);
  const { data, error } = parsed;
  if (error === undefined) return { values: data, removed: [], withOriginalIndexes: (text) => text };
  const rest = new Rest(structuredClone({ ...config }));
  const values = rest.parse(error.issues);
  const indexes = rest.indexes();
  return { values, error, removed: rest.removed, withOriginalIndexes: (text) => withIndexes(text, indexes) };
}

/** The config with texts converted where necessary, and what the schema makes of it. */
function parseConverted(plain: Record<string, unknown>) {
  const first = schema.safeParse(plain);
  const texts = first.error?.issues.filter((issue) => converted(issue, valueAt(plain, issue.path)) !== undefined) ?? [];
  if (texts.length === 0) return { config: plain, parsed: first };
  const copy = structuredClone(plain);
  for (const issue of texts) {
    const parent = valueAt(copy, issue.path.slice(0, -1)) as Record<PropertyKey, unknown>;
    parent[issue.path.at(-1) ?? ""] = converted(issue, valueAt(plain, issue.path));
  }
  return { config: copy, parsed: schema.safeParse(copy) };
}

/** `pulumi config set --path` stores 0.85 as a string. */
function converted(issue: z.core.$ZodIssue, value: unknown): number | boolean | undefined {
  if (issue.code !== "invalid_type" || typeof value !== "string") return undefined;
  if (["number", "int"].includes(issue.expected) && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  return issue.expected === "boolean" && ["true", "false"].includes(value) ? value === "true" : undefined;
}

/** A config from which invalid parts are removed. */
class Rest {
  readonly removed: Removed[] = [];
  readonly #config: Record<string, unknown>;
  /** Original indexes of the remaining items, by shortened list. */
  readonly #indexes = new Map<unknown, number[]>();

  constructor(config: Record<string, unknown>) {
    this.#config = config;
  }

  parse(issues: readonly z.core.$ZodIssue[]): Values | undefined {
    const before = JSON.stringify(this.#config);
    this.#remove(issues);
    const parsed = schema.safeParse({ platform: "docker", environment: "unknown", ...this.#config });
    if (parsed.success) return parsed.data;
    const isStuck = JSON.stringify(this.#config) === before;
    return isStuck ? undefined : this.parse(parsed.error.issues);
  }

  #remove(issues: readonly z.core.$ZodIssue[]): void {
    // Items are removed last, because the paths of the issues contain indexes.
    const items = new Map<unknown[], Set<number>>();
    for (const path of issues.flatMap((issue) => this.#invalid(issue))) {
      const key = path.at(-1) ?? "";
      const parent = valueAt(this.#config, path.slice(0, -1));
      if (typeof parent !== "object" || parent === null || path.length === 0) continue;
      const value = valueAt(parent, [key]);
      const saved = Object.keys(valueAt(value, ["save"]) ?? {});
      if (path.length > 1) this.removed.push({ parent: keyPath(path.slice(0, -1)), names: namesOf(key, value), saved });
      if (Array.isArray(parent)) items.set(parent, (items.get(parent) ?? new Set()).add(Number(key)));
      else Reflect.deleteProperty(parent, key);
    }
    for (const [list, indexes] of items) {
      const isKept = (_: unknown, index: number) => !indexes.has(index);
      this.#indexes.set(list, (this.#indexes.get(list) ?? [...list.keys()]).filter(isKept));
      list.splice(0, list.length, ...list.filter(isKept));
    }
  }

  /** Paths of what an issue rejects. */
  #invalid(issue: z.core.$ZodIssue): PropertyKey[][] {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
    return [valueAt(this.#config, issue.path) === undefined ? issue.path.slice(0, -1) : issue.path];
  }

  /** Original indexes of the remaining items, by the current path of the shortened list. */
  indexes(): ReadonlyMap<string, readonly number[]> {
    return new Map(this.#indexes.size === 0 ? [] : this.#shortened(this.#config, []));
  }

  #shortened(node: unknown, path: readonly PropertyKey[]): [path: string, indexes: readonly number[]][] {
    if (typeof node !== "object" || node === null) return [];
    const isList = Array.isArray(node);
    const inner = Object.entries(node).flatMap(([key, value]) =>
      this.#shortened(value, [...path, isList ? Number(key) : key]),
    );
    const indexes = this.#indexes.get(node);
    return indexes === undefined ? inner : [[keyPath(path), indexes], ...inner];
  }
}

function namesOf(key: PropertyKey, value: unknown): string[] {
  const own = typeof key === "string" ? key : value;
  return [own, valueAt(value, ["name"]), valueAt(value, ["service"])].filter((name) => typeof name === "string");
}
