import fc from "fast-check";
import { z } from "zod";
import { schema } from "../../config/settings/schema.ts";
import { unwrap } from "../../config/settings/settings.ts";
import { characters, numbers, texts } from "./specimens.ts";

export type Values = Readonly<Record<string, unknown>>;

/** A value for one key. */
export interface Choice {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Whether the schema accepts it. */
  readonly valid: boolean;
}

export interface FuzzedConfig {
  readonly base: Values;
  readonly choices: readonly Choice[];
}

interface Key {
  readonly path: readonly string[];
  readonly node: z.ZodType;
}

/** Every key of the schema whose value is not an object of further keys. */
export const keys: readonly Key[] = keysBelow(schema, []).filter(({ path }) => path[0] !== "platform");

function keysBelow(node: z.ZodType, path: readonly string[]): Key[] {
  const inner = unwrap(node);
  if (!(inner instanceof z.ZodObject) || node instanceof z.ZodOptional) return [{ path, node }];
  const children = Object.entries(inner.shape as Record<string, z.ZodType>);
  return children.flatMap(([key, child]) => keysBelow(child, [...path, key]));
}

/** Values of a key that the schema accepts; those of objects and lists are made of accepted values. */
function accepted(node: z.ZodType): fc.Arbitrary<unknown> {
  const inner = unwrap(node);
  if (inner instanceof z.ZodObject) {
    const shape = Object.entries(inner.shape as Record<string, z.ZodType>);
    const required = shape.filter(([, child]) => !child.safeParse(undefined).success).map(([key]) => key);
    const model = Object.fromEntries(shape.map(([key, child]) => [key, accepted(child)]));
    return fc.record(model, { requiredKeys: required });
  }
  if (inner instanceof z.ZodArray) return fc.array(accepted(inner.element as z.ZodType), { maxLength: 3 });
  if (inner instanceof z.ZodRecord) {
    return fc.dictionary(
      accepted(inner.keyType as z.ZodType) as fc.Arbitrary<string>,
      accepted(inner.valueType as z.ZodType),
      { maxKeys: 3 },
    );
  }
  if (inner instanceof z.ZodEnum) return fc.constantFrom(...inner.options);
  if (inner instanceof z.ZodUnion) return fc.oneof(...inner.options.map((option) => accepted(option as z.ZodType)));
  if (inner instanceof z.ZodLiteral) return fc.constantFrom(...inner.values);
  if (inner instanceof z.ZodBoolean) return fc.boolean();
  if (inner instanceof z.ZodNumber) {
    const { minValue: min, maxValue: max } = inner;
    const bounds = { min: Math.max(min ?? -1e6, -1e6), max: Math.min(max ?? 1e6, 1e6), noNaN: true };
    const whole = inner.format === "safeint";
    const any = whole ? fc.integer({ min: bounds.min, max: bounds.max }) : fc.double(bounds);
    return fc.oneof(any, fc.constantFrom(...numbers)).filter((value) => inner.safeParse(value).success);
  }
  const known = texts.filter((text) => inner.safeParse(text).success);
  if (known.length === 0)
    throw new Error(
      `no text in bench/fuzz/specimens.ts is valid for ${z.prettifyError(inner.safeParse("").error as z.ZodError)}`,
    );
  const pick = fc.constantFrom(...known);
  return fc.oneof(
    pick,
    mutated(pick).filter((text) => inner.safeParse(text).success),
  );
}

/** A text with a character inserted, removed or repeated. */
function mutated(base: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(base, fc.nat(), fc.constantFrom("", ...characters), fc.boolean())
    .map(([text, at, character, replace]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + character + text.slice(position + (replace || character === "" ? 1 : 0));
    });
}

const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...texts, ...numbers, true, false, null),
  mutated(fc.constantFrom(...texts)),
  fc.array(fc.constantFrom<unknown>(...texts, ...numbers, null), { maxLength: 3 }),
  fc.dictionary(
    fc.constantFrom("name", "enabled", "toString", "__proto__", "constructor", "port", ""),
    fc.constantFrom<unknown>(...texts),
    {
      maxKeys: 2,
    },
  ),
);

const noEmail = { alerting: { email: { enabled: false } } };

/** Configs to which keys are added: the platforms, with and without the demo. */
const bases: readonly Values[] = [
  { platform: "docker", environment: "test", demo: { enabled: true } },
  { platform: "docker", environment: "test", ...noEmail },
  { platform: "docker", environment: "test", ...noEmail, logs: { collector: "promtail" } },
  { platform: "kubernetes", environment: "test", ...noEmail },
  { platform: "kubernetes", environment: "test", ...noEmail, logs: { collector: "promtail" } },
];

/** Keys that are chosen equally often, so that the many alerts do not displace everything else. */
const groups = Object.values(
  Object.groupBy(keys, ({ path: [section = "", part = ""] }) =>
    part === "rules" || section === "images" ? section : `${section}.${part}`,
  ),
).map((group) => group ?? []);

/** `pulumi config set --path` stores numbers and booleans as strings. */
function accepts(node: z.ZodType, value: unknown): boolean {
  const isWritten = typeof value === "string" && /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(value);
  return [value, ...(isWritten ? [JSON.parse(value.replace(/^(-?)0+(?=\d)/, "$1"))] : [])].some(
    (read) => node.safeParse(read).success,
  );
}

/** A config with up to six keys set, to accepted values only or to any. */
export function anyConfig(): fc.Arbitrary<FuzzedConfig> {
  const choices = (arbitraryOf: (key: Key) => fc.Arbitrary<unknown>) =>
    fc.uniqueArray(
      fc
        .constantFrom(...groups)
        .chain((group) => fc.constantFrom(...group))
        .chain((key) => arbitraryOf(key).map((value) => ({ path: key.path, value, valid: accepts(key.node, value) }))),
      { minLength: 1, maxLength: 6, selector: ({ path }) => path.join(".") },
    );
  const valid = new Map(keys.map((key) => [key, accepted(key.node)]));
  const acceptedOf = (key: Key) => valid.get(key) ?? anything;
  return fc.record({
    base: fc.constantFrom(...bases),
    choices: fc.oneof(
      { weight: 3, arbitrary: choices(acceptedOf) },
      { weight: 1, arbitrary: choices((key) => fc.oneof(acceptedOf(key), anything)) },
    ),
  });
}

/** The config's values, as a stack file would have them. */
export function valuesOf({ base, choices }: FuzzedConfig): Values {
  return choices.reduce<Values>((values, { path, value }) => withValue(values, path, value), base);
}

function withValue(values: Values, [key = "", ...rest]: readonly string[], value: unknown): Values {
  const inner = rest.length === 0 ? value : withValue((values[key] ?? {}) as Values, rest, value);
  return { ...values, [key]: inner };
}
