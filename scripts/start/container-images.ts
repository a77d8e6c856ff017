import type { StackConfig } from "../../config/settings/stack-file.ts";
import { type Log, lastLines, step, tryRun } from "../lib/run-command.ts";
import { registerResources } from "../render/register.ts";
import { whyUnreachable } from "./reachable.ts";

const registryTimeout = 15 * 60_000;

/** The images that the program would run for this config, asked of the program itself. */
export async function neededImages(config: StackConfig): Promise<string[]> {
  const resources = await registerResources(config, (key) => `placeholder-${key}`);
  const references = resources
    .filter(({ type }) => type === "docker:index/container:Container")
    .map(({ inputs }) => String(inputs["image"]));
  return [...new Set(references)].sort();
}

/** Those that this daemon does not have yet. */
export async function absentImages(references: readonly string[]): Promise<string[]> {
  const found = await Promise.all(references.map((reference) => tryRun("docker", ["image", "inspect", reference])));
  return references.filter((_, index) => found[index]?.code !== 0);
}

/** Why the registries of these images cannot be used: one text for each that does not answer. */
export async function registryProblems(references: readonly string[]): Promise<string[]> {
  const hosts = [...new Set(references.map(registryHost))];
  const problems = await Promise.all(
    hosts.map((host) => whyUnreachable(`https://${host}/v2/`, (status) => status < 400 || status === 401)),
  );
  return hosts.flatMap((host, index) => {
    const problem = problems[index];
    if (problem === undefined) return [];
    const count = references.filter((reference) => registryHost(reference) === host).length;
    return [`image registry ${problem}: ${count} image${count === 1 ? "" : "s"}`];
  });
}

/** Fetches images, four at a time; returns why the first that failed did. */
export async function pullImages(references: readonly string[], log: Log): Promise<string[]> {
  const queue = [...references];
  const problems: string[] = [];
  let done = 0;
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { code, output } = await tryRun("docker", ["pull", "--quiet", next], { timeout: registryTimeout });
      if (code !== 0) {
        queue.length = 0;
        problems.push(`image ${next} cannot be fetched: ${lastLines(output, 2)}`);
      } else log(`  ${++done} of ${references.length}: ${next}`);
    }
  };
  await step(log, `Fetching ${references.length} images`, () => Promise.all([worker(), worker(), worker(), worker()]));
  return problems;
}

/** The host a daemon asks for a reference. */
export function registryHost(reference: string): string {
  const host = reference.slice(0, reference.indexOf("/"));
  return host === "docker.io" ? "registry-1.docker.io" : host;
}
