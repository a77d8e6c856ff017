import { z } from "zod";
import { ownRules } from "../alerts/own-rules/own-rules.ts";
import { withDemo } from "../white-room/demo.ts";
import { withDemoProbes } from "../white-room/demo-probes.ts";
import { checks } from "./checks.ts";
import { extraDashboards } from "./extra-dashboards.ts";
import { FollowOns } from "./follow-on.ts";
import { withPlatformDefaults } from "./platform-defaults.ts";
import { ConfigError, keyPath, type Problem, show, showKey, toProblems, unknownKey, valueAt } from "./problems.ts";
import { readConfig } from "./readable.ts";
import { configKeys, type Settings, schema } from "./schema.ts";
import { fixedSecrets, isSecretKey, missingSecretNeeds, targetSecrets } from "./secrets.ts";
import { type StackConfig, secretFix, stackFile } from "./stack-file.ts";
import { name } from "./units.ts";
import { checkHomeDashboardUid } from "./visualization-checks.ts";

/**
 * Validates a stack's config, applies defaults and freezes the result. Throws one ConfigError with all problems.
 * `requireSecrets: false` accepts a config without its secrets, for rendering; `checkFiles` also checks the files that the
 * config refers to.
 */
export function toSettings(config: StackConfig, { requireSecrets = true, checkFiles = false } = {}): Settings {
  const { plain: written, problems } = splitSecrets(config);
  const { file = stackFile(config.stack) } = config;
  const plain = withPlatformDefaults(written);
  const { values, error, removed, withOriginalIndexes } = readConfig(plain);
  // A misplaced secret also has the wrong type; report it only once.
  const reported = new Set(problems.map(({ path }) => path));
  if (error !== undefined)
    problems.push(
      ...toProblems(error, plain, {
        knownKeys: keysAt,
        isOptional,
        misplaced: (path) => misplaced(config, path),
      }).filter(({ path }) => !reported.has(path)),
    );
  if (values === undefined) throw new ConfigError(file, problems);
  const settings = withDemoProbes(withDemo(values));
  const followOns = new FollowOns(problems, removed);
  const found = [
    ...checks.flatMap((check) => check(settings, config)),
    ...(checkFiles
      ? [...extraDashboards(settings).problems, ...ownRules(settings).problems, ...checkHomeDashboardUid(settings)]
      : []),
    ...(requireSecrets ? missingSecrets(settings, config) : []),
  ];
  problems.push(
    ...found
      .map(({ path, message }) => ({ path: withOriginalIndexes(path), message: withOriginalIndexes(message) }))
      .filter((problem) => !followOns.has(problem)),
  );
  if (problems.length > 0) throw new ConfigError(file, problems);
  return deepFreeze(settings);
}

function splitSecrets(config: StackConfig): { plain: Record<string, unknown>; problems: Problem[] } {
  const { values, secrets } = config;
  const problems = [...(config.problems ?? []), ...stackNameProblems(config)];
  const plain = new Map<string, unknown>();
  for (const [key, value] of Object.entries(values)) {
    if (isSecretKey(key)) {
      problems.push({
        path: key,
        message: `is stored in clear text; remove it and ${secretFix(config, key)}`,
      });
    } else plain.set(key, value);
  }
  for (const key of secrets) {
    if (isSecretKey(key)) continue;
    problems.push({
      path: showKey(key),
      message: (configKeys as readonly string[]).includes(key)
        ? "is not a secret but was set with --secret; set it as a plain value"
        : unknownKey(key, [
            ...Object.keys(fixedSecrets),
            ...Object.keys(targetSecrets).map((prefix) => `${prefix}-<target>`),
          ]),
    });
  }
  for (const key of configKeys) problems.push(...secretsInside(plain.get(key), key));
  const own = Object.fromEntries(plain);
  problems.push(...prototypeKeys(own, []));
  return { plain: own, problems };
}

/** Describes an unknown key that would be known in another place. */
function misplaced(config: StackConfig, path: readonly PropertyKey[]): string | undefined {
  const key = String(path.at(-1));
  if (path.length > 1)
    return isSecretKey(key)
      ? `is a secret, which must be a top-level key; remove it and ${secretFix(config, key)}`
      : undefined;
  const [parent = "", ...rest] = key.split(".");
  return rest.length > 0 && (configKeys as readonly string[]).includes(parent)
    ? `is not a known key; write ${rest.join(".")} below ${parent}, or set it with \`${config.command ?? "pulumi"} config set --path\``
    : undefined;
}

/** The stack's name is part of the names of containers, Kubernetes objects and the Compose project. */
function stackNameProblems({ stack, inProgram }: StackConfig): Problem[] {
  const parsed = name.safeParse(stack);
  if (parsed.success) return [];
  const fix = inProgram ? "set `stackName`" : "rename the stack with `pulumi stack rename`";
  const message = `${show(stack)} ${parsed.error.issues[0]?.message ?? ""}; ${fix}`;
  return [{ path: inProgram ? "stackName" : "stack", message }];
}

/** Keys that the schema does not see. */
function prototypeKeys(value: unknown, path: readonly PropertyKey[]): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) => {
    const whole = [...path, isList ? Number(key) : key];
    return !isList && key === "__proto__"
      ? [{ path: keyPath(whole), message: unknownKey(key, keysAt(path)) }]
      : prototypeKeys(inner, whole);
  });
}

/** The engine passes secrets nested in objects as plain text and stores them as plain text in the state. */
function secretsInside(value: unknown, path: string): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  if (Object.keys(value).length === 1 && "secure" in value) {
    return [
      {
        path,
        message:
          "is a secret nested in an object, which Pulumi would store in clear text in the state; set it as a top-level key, see the list of secrets in the README",
      },
    ];
  }
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) =>
    secretsInside(inner, isList ? `${path}[${key}]` : `${path}.${showKey(key)}`),
  );
}

function missingSecrets(settings: Settings, config: StackConfig): Problem[] {
  return missingSecretNeeds(settings, config.secrets).map(({ key, because }) => ({
    path: key,
    message: `is required by ${because}; ${secretFix(config, key)}`,
  }));
}

/** Known keys at a path, for "did you mean". */
function keysAt(path: readonly PropertyKey[]): string[] {
  const node = nodeAt(path);
  const found = node && unwrap(node);
  const keys = found instanceof z.ZodObject ? Object.keys(found.shape) : [];
  return path.length === 0 ? [...keys, ...Object.keys(fixedSecrets)] : keys;
}

function isOptional(path: readonly PropertyKey[]): boolean {
  const parent = nodeAt(path.slice(0, -1));
  const isEntry = parent !== undefined && unwrap(parent) instanceof z.ZodRecord;
  return isEntry || (nodeAt(path)?.safeParse(undefined).success ?? true);
}

/** Schema of the value at a path. */
function nodeAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  let node: z.ZodType | undefined = schema;
  for (const key of path) {
    const inner: z.ZodType | undefined = node && unwrap(node);
    if (inner instanceof z.ZodObject) node = valueAt(inner.shape, [key]) as z.ZodType | undefined;
    else if (inner instanceof z.ZodRecord) node = inner.valueType as z.ZodType;
    else if (inner instanceof z.ZodArray) node = inner.element as z.ZodType;
    else return undefined;
  }
  return node;
}

/** Unwraps defaults, optionals and transforms. */
export function unwrap(node: z.ZodType): z.ZodType {
  if (node instanceof z.ZodPrefault || node instanceof z.ZodDefault || node instanceof z.ZodOptional) {
    return unwrap(node.unwrap() as z.ZodType);
  }
  return node instanceof z.ZodPipe ? unwrap(node.in as z.ZodType) : node;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
