import { load } from "js-yaml";
import { z } from "zod";
import { toProblems } from "../../config/settings/problems.ts";
import { configKeys, schema } from "../../config/settings/schema.ts";
import { fixedSecrets, targetSecretPattern } from "../../config/settings/secrets.ts";
import { unwrap } from "../../config/settings/settings.ts";
import { project } from "../../config/settings/stack-file.ts";

/** The part of the schema behind a key path such as `metrics.port` or `exporters.postgres.targets[0].host`. */
function schemaAt(path: string): z.ZodType | undefined {
  return path
    .replaceAll(/\[\w*\]/g, ".[]")
    .split(".")
    .reduce<z.ZodType | undefined>((node, key) => {
      const inner = node && unwrap(node);
      if (inner instanceof z.ZodObject) return childOf(inner, key);
      if (inner instanceof z.ZodRecord) return inner.valueType as z.ZodType;
      if (inner instanceof z.ZodArray && key === "[]") return inner.element as z.ZodType;
      return undefined;
    }, schema);
}

/** A placeholder stands for any key: `alerting.rules.<AlertName>`, `exporters.NAME`. */
function childOf(node: z.ZodObject, key: string): z.ZodType | undefined {
  const children = Object.entries(node.shape as Record<string, z.ZodType>);
  return children.find(([name]) => name === key || /^(?:<.*|[A-Z]+)$/.test(key))?.[1];
}

/** Keys of the config that have keys of their own. */
const sections: readonly string[] = configKeys.filter((key) => {
  const inner = unwrap(schema.shape[key] as z.ZodType);
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord;
});

/** Whether a text in backticks is meant as a key of the stack config. */
export function isConfigKey(text: string): boolean {
  const [first = ""] = text.split(".");
  if (!sections.includes(first)) return false;
  return /^[a-z]\w*(?:\.[\w<>*-]+(?:\[\w*\])?)+(?:: .+)?$/.test(text) && !/\.(?:ts|md|ya?ml|json|tmpl|sql)$/.test(text);
}

/** What is wrong with `key.path` or `key.path: value`. */
export function keyMistakes(text: string): string[] {
  const [, path = "", value] = /^([^:]+)(?:: (.+))?$/.exec(text) ?? [];
  const node = schemaAt(path.replace(/\.\*$/, ""));
  if (node === undefined) return [`${path} is not a key of the stack config`];
  return value === undefined || value.includes("…") ? [] : valueMistakes(path, node, load(value));
}

function valueMistakes(path: string, node: z.ZodType, value: unknown): string[] {
  const { error } = node.safeParse(value);
  if (error === undefined) return [];
  return toProblems(error, value, { knownKeys: () => [] }).map((problem) => `${path}: ${problem.message}`);
}

export function isSecret(key: string): boolean {
  return key in fixedSecrets || targetSecretPattern.test(key.replace(/<\w+>|NAME$/, "name"));
}

/** What is wrong with `pulumi config set …`: keys that do not exist, values that the schema refuses, secrets in clear. */
export function configMistakes(words: readonly string[]): string[] {
  const [group, action, ...rest] = words;
  if (group !== "config" || !["set", "get", "rm"].includes(action ?? "")) return [];
  const flags = rest.filter((word) => word.startsWith("--"));
  const [key = "", value] = rest.filter((word) => !word.startsWith("--"));
  const [, namespace = project, path = ""] = /^(?:([\w-]+):)?(.*)$/.exec(key) ?? [];
  if (namespace !== project || path === "" || path.startsWith("…") || /^[A-Z]+$/.test(path)) return [];
  if (isSecret(path)) {
    return action === "set" && !flags.includes("--secret") ? [`${path} is a secret; use --secret`] : [];
  }
  if (flags.includes("--secret")) return [`${path} is no secret`];
  if (path.includes(".") && !flags.includes("--path")) return [`${path} is a path; use --path`];
  const node = schemaAt(path);
  if (node === undefined) return [`${path} is not a key of the stack config`];
  return value === undefined || /[$<…]/.test(value) ? [] : valueMistakes(path, node, load(value));
}
