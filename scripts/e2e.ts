import { globSync } from "node:fs";
import { resolve } from "node:path";
import { helpInstead } from "./lib/no-words.ts";
import { findProgram } from "./lib/run-command.ts";
import { buildSandboxImages } from "./offline/images.ts";
import { runKubernetesTests, runPodTests } from "./sandbox/cluster-test.ts";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { nodeTests, runSandboxTests } from "./sandbox/test.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

const help = `npm run test:e2e [-- --engine | --sandbox | --browser | --matrix | --alerting | --kubernetes | --pods]

Runs the end-to-end tests: on the sandbox, on a Kubernetes API server and, if \`pulumi\` is on PATH, on the real engine.

  --engine      only those on the engine
  --sandbox     only those on the sandbox; CI runs these
  --browser     only every dashboard in a browser, on the sandbox; with --sandbox, after those on the same one; needs
                Chromium; CI runs these
  --matrix      only the alerts that each fault raises and the runbooks' commands, on the sandbox; CI runs these, about
                15 minutes
  --alerting    --matrix, and what happens when a receiver, Alertmanager or Prometheus fails; about 30 minutes
  --kubernetes  production's manifests on a real Kubernetes API server; CI runs these
  --pods        production as pods on a real node on this machine; needs root, and runs only when asked for
  -h, --help    print this text
`;

async function engineTests(): Promise<number> {
  if (findProgram("pulumi") === undefined) {
    log("No `pulumi` on PATH: skipping the tests on the real engine.");
    return 0;
  }
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  return nodeTests(globSync("test/e2e/engine/*.test.ts", { cwd: root }));
}

const [onSandbox, inBrowser] = ["sandbox/*.test.ts", "browser/*.test.ts"];

const suites = {
  "--sandbox": () => runSandboxTests(...(isWanted("--browser") ? [onSandbox, inBrowser] : [onSandbox])),
  "--browser": async () => (isWanted("--sandbox") ? 0 : runSandboxTests(inBrowser)),
  "--matrix": () => runSandboxTests("alerting/{matrix,runbooks}.test.ts"),
  "--alerting": () => runSandboxTests("alerting/*.test.ts"),
  "--kubernetes": runKubernetesTests,
  "--pods": runPodTests,
  "--engine": engineTests,
};

/** The matrix is part of the alerting tests; the pod tests change the machine they run on. */
const onlyWhenAsked = ["--matrix", "--pods"];

const words = process.argv.slice(2);

function isWanted(flag: string): boolean {
  return words.includes(flag) || (words.length === 0 && !onlyWhenAsked.includes(flag));
}

const refused = helpInstead(
  help,
  words.filter((word) => !Object.hasOwn(suites, word)),
);
if (refused !== undefined) process.exitCode = refused;
else {
  for (const [flag, runSuite] of Object.entries(suites)) {
    if (isWanted(flag)) process.exitCode = (await runSuite()) || process.exitCode;
  }
}
