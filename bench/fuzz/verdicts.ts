import { ConfigError } from "../../config/settings/problems.ts";
import { configKeys, type Settings } from "../../config/settings/schema.ts";
import { isSecretKey } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { type Choice, type FuzzedConfig, type Values, valuesOf } from "./configs.ts";

/** A config that was handled wrongly, and how. */
export interface Mistake {
  readonly values: unknown;
  readonly what: string;
}

export interface Accepted {
  readonly values: Values;
  readonly settings: Settings;
}

export interface Verdicts {
  readonly accepted: readonly Accepted[];
  readonly refused: number;
  readonly mistakes: readonly Mistake[];
  /** Validation time of the slowest config, in milliseconds. */
  readonly slowest: number;
}

/** Validates configs. A refused config is tried again without the keys that its message names. */
export function validateAll(configs: readonly FuzzedConfig[]): Verdicts {
  const accepted: Accepted[] = [];
  const mistakes: Mistake[] = [];
  let refused = 0;
  let slowest = 0;
  for (const config of configs) {
    let { choices } = config;
    for (let attempt = 0; attempt < 4; attempt++) {
      const values = valuesOf({ ...config, choices });
      const start = performance.now();
      const outcome = validate(values);
      slowest = Math.max(slowest, performance.now() - start);
      if (typeof outcome === "string") {
        mistakes.push({ values, what: outcome });
        break;
      }
      const invalid = choices.filter(({ valid }) => !valid);
      if (!(outcome instanceof ConfigError)) {
        for (const { path } of invalid) mistakes.push({ values, what: `accepted an invalid ${path.join(".")}` });
        accepted.push({ values, settings: outcome });
        break;
      }
      refused += 1;
      mistakes.push(...refusalMistakes(outcome, invalid).map((what) => ({ values, what })));
      const { problems } = outcome;
      choices = choices.filter(({ path }) => !problems.some((problem) => problem.path.startsWith(path[0] ?? "")));
    }
  }
  return { accepted, refused, mistakes, slowest };
}

/** Settings, the refusal, or a crash. */
function validate(values: Values): Settings | ConfigError | string {
  try {
    return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false, checkFiles: true });
  } catch (error) {
    return error instanceof ConfigError ? error : `crashed: ${(error as Error).stack}`;
  }
}

function refusalMistakes({ problems, message }: ConfigError, invalid: readonly Choice[]): string[] {
  const mistakes = invalid
    .map(({ path }) => path.join("."))
    // A problem may also be reported at the object that contains the key, or inside its value.
    .filter((path) => !problems.some((problem) => problem.path.startsWith(path) || path.startsWith(problem.path)))
    .map((path) => `refused without naming ${path}: ${message}`);
  for (const { path, message: text } of problems) {
    const [root = ""] = path.split(/[.[]/);
    if (!(configKeys as readonly string[]).includes(root) && !isSecretKey(root)) mistakes.push(`names no key: ${path}`);
    if (!/[;:]|known keys/.test(text) || /undefined|\[object|\bat .*\.ts:/.test(text))
      mistakes.push(`no advice: ${path}: ${text}`);
  }
  return mistakes;
}
