import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../scripts/lib/run-command.ts";
import type { RunningStack } from "../running-stack.ts";
import { root } from "./sandbox.ts";

/**
 * Files of the rendered sandbox that contain one of the texts: the names of secret files by workload, and the paths of all
 * others.
 */
export function secretFiles(texts: readonly string[]): Record<string, string[]> {
  const folder = join(root, ".pulumi-local", "sandbox");
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => texts.some((text) => readFileSync(path, "utf8").includes(text)))
    .map((path) => path.slice(folder.length + 1))
    .sort();
  const places: Record<string, string[]> = {};
  for (const path of found) {
    const [, workload, name] = /^secrets\/([^/]+)\/secrets\/([^/]+)$/.exec(path) ?? [];
    const key = workload ?? path;
    places[key] ??= [];
    if (name !== undefined) places[key].push(name.replace(/^[0-9a-f]{16}\.key$/, "<certificate>.key"));
  }
  return places;
}

/** Which of `others`, the containers' descriptions and their logs contain one of the texts. */
export async function leaks(
  stack: RunningStack,
  texts: readonly string[],
  others: readonly (readonly [string, string])[],
): Promise<string[]> {
  const containers = (await run("docker", ["ps", "--all", "--quiet", "--filter", `name=^${stack.container("")}`]))
    .split("\n")
    .filter(Boolean);
  assert.ok(containers.length > 15, `${containers.length} containers`);
  const logs = await Promise.all(
    containers.map(async (id) => {
      const name = (await run("docker", ["inspect", "--format", "{{.Name}}", id])).trim();
      return [`log of ${name}`, await run("sh", ["-c", `docker logs ${id} 2>&1`])] as const;
    }),
  );
  const places = [...others, ...logs, ["descriptions", await run("docker", ["inspect", ...containers])] as const];
  return places.filter(([, text]) => texts.some((each) => text.includes(each))).map(([place]) => place);
}
