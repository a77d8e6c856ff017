import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findProgram } from "../../scripts/lib/find-program.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { cacheFolder, shortHash } from "../../scripts/offline/cache.ts";

/** Where the guide's samples are, a folder a language. */
export const examples = resolve(import.meta.dirname, "..", "..", "docs", "examples");

interface Tool {
  readonly found: boolean;
  /** What Debian calls it. */
  readonly package: string;
}

const tools = {
  "g++": { found: findProgram("g++") !== undefined, package: "g++" },
  make: { found: findProgram("make") !== undefined, package: "make" },
  "prometheus-cpp": { found: existsSync("/usr/include/prometheus/exposer.h"), package: "prometheus-cpp-dev" },
  python3: { found: findProgram("python3") !== undefined, package: "python3-venv" },
} as const satisfies Record<string, Tool>;

/**
 * Options of a test that needs these: skipped, with the cure, where one is missing; in CI that is an error, so that no sample
 * goes unchecked in silence.
 */
export function needsTools(...names: readonly (keyof typeof tools)[]): { readonly skip: string | false } {
  const missing = names.filter((name) => !tools[name].found);
  if (missing.length === 0) return { skip: false };
  const packages = missing.map((name) => tools[name].package).join(" ");
  const message = `${missing.join(", ")} not found: write \`sudo apt-get install ${packages}\``;
  if (process.env.CI) throw new Error(message);
  return { skip: message };
}

/** clang with RealtimeSanitizer: 20 or newer. Not in every release of Debian, so nowhere asked for. */
export function realtimeClang(): string | undefined {
  const names = ["clang++-24", "clang++-23", "clang++-22", "clang++-21", "clang++-20"];
  return names.find((name) => findProgram(name) !== undefined);
}

/** Whether OpenTelemetry C++ is installed. Debian has it since release 13. */
export function openTelemetryCpp(): boolean {
  return existsSync("/usr/include/opentelemetry/sdk/trace/tracer_provider.h");
}

/** JUCE's modules, where Debian's juce-modules-source has them or where JUCE_MODULES says. */
export function juceModules(): string | undefined {
  const folders = [process.env.JUCE_MODULES, "/usr/share/juce/modules"];
  return folders.find((folder) => folder !== undefined && existsSync(join(folder, "juce_audio_processors")));
}

/** Python with what the samples import, in an environment of its own that is kept in the cache. Returns the interpreter. */
export async function pythonWithRequirements(): Promise<string> {
  const requirements = join(examples, "python", "requirements.txt");
  const folder = join(cacheFolder(), `python-${shortHash(readFileSync(requirements, "utf8"))}`);
  const python = join(folder, "bin", "python");
  if (!existsSync(join(folder, "complete"))) {
    mkdirSync(cacheFolder(), { recursive: true });
    await run("python3", ["-m", "venv", "--clear", folder]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
    mkdirSync(join(folder, "complete"));
  }
  return python;
}
