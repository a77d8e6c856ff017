import { globSync } from "node:fs";
import { resolve } from "node:path";
import { runKubernetesTests, runPodTests } from "./sandbox/cluster-test.ts";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { buildSandboxImages } from "./sandbox/images.ts";
import { findProgram } from "./sandbox/run-command.ts";
import { nodeTests, runSandboxTests } from "./sandbox/test.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

const help = `npm run test:e2e [-- --engine | --sandbox | --matrix | --alerting | --kubernetes | --pods]

The end-to-end tests: on the sandbox, on a Kubernetes API server, and on the real engine when \`pulumi\` is on PATH.

  --engine      only those on the engine
  --sandbox     only those on the sandbox, which CI runs
  --matrix      only which alerts each fault raises, and the runbooks' commands, on the sandbox, which CI runs; a
                quarter of an hour
  --alerting    that and what happens when a receiver, Alertmanager or Prometheus fails; half an hour
  --kubernetes  production's manifests on a real Kubernetes API server, which CI runs
  --pods        production as pods of a real node on this machine; needs root, only when asked for
`;

async function engineTests(): Promise<number> {
  if (findProgram("pulumi") === undefined) {
    log("There is no `pulumi` on PATH: the tests on the real engine are left out.");
    return 0;
  }
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  return nodeTests(globSync("test/e2e/engine/*.test.ts", { cwd: root }));
}

const suites = {
  "--sandbox": () => runSandboxTests("sandbox/*.test.ts"),
  "--matrix": () => runSandboxTests("alerting/{matrix,runbooks}.test.ts"),
  "--alerting": () => runSandboxTests("alerting/*.test.ts"),
  "--kubernetes": runKubernetesTests,
  "--pods": runPodTests,
  "--engine": engineTests,
};

/** The matrix is part of the alerting tests; a node changes the machine it runs on while it lasts. */
const onlyWhenAsked = ["--matrix", "--pods"];

const words = process.argv.slice(2);
if (words.some((word) => !(word in suites))) {
  process.stdout.write(help);
  process.exitCode = words.includes("--help") ? 0 : 2;
} else {
  for (const [flag, runSuite] of Object.entries(suites)) {
    if (words.includes(flag) || (words.length === 0 && !onlyWhenAsked.includes(flag)))
      process.exitCode = (await runSuite()) || process.exitCode;
  }
}
