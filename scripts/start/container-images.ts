import type { StackConfig } from "../../config/settings/stack-file.ts";
import { lastLines, tryRun } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { registerResources } from "../render/register.ts";
import { whyUnreachable } from "./reachable.ts";

const registryTimeout = 15 * 60_000;

/** The images that the program deploys with this config. */
export async function neededImages(config: StackConfig): Promise<string[]> {
  const resources = await registerResources(config, (key) => `placeholder-${key}`);
  const references = resources
    .filter(({ type }) => type === "docker:index/container:Container")
    .map(({ inputs }) => String(inputs["image"]));
  return [...new Set(references)].sort();
}

/** The images that this daemon does not have yet. */
export async function absentImages(references: readonly string[]): Promise<string[]> {
  const found = await Promise.all(references.map((reference) => tryRun("docker", ["image", "inspect", reference])));
  return references.filter((_, index) => found[index]?.code !== 0);
}

/** One message for each registry of these images that is not reachable. */
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

/** Pulls images, four at a time; returns the reason of the first failure. */
export async function pullImages(references: readonly string[], log: Log): Promise<string[]> {
  const queue = [...references];
  const problems: string[] = [];
  let done = 0;
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { code, output } = await tryRun("docker", ["pull", "--quiet", next], { timeout: registryTimeout });
      if (code !== 0) {
        queue.length = 0;
        problems.push(`image ${next} cannot be pulled: ${lastLines(output, 2)}`);
      } else log(`  ${++done} of ${references.length}: ${next}`);
    }
  };
  await step(log, `Pulling ${references.length} images`, () => Promise.all([worker(), worker(), worker(), worker()]));
  return problems;
}

/** The registry host of an image reference. */
export function registryHost(reference: string): string {
  const host = reference.slice(0, reference.indexOf("/"));
  return host === "docker.io" ? "registry-1.docker.io" : host;
}
