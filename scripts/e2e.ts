import { globSync } from "node:fs";
import { resolve } from "node:path";
import { findProgram } from "./lib/find-program.ts";
import { helpInstead } from "./lib/no-words.ts";
import { buildSandboxImages } from "./offline/images.ts";
import { runKubernetesTests, runPodTests } from "./sandbox/cluster-test.ts";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { nodeTests, runSandboxTests } from "./sandbox/test.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

const help = `npm run test:e2e [-- --engine | --sandbox | --browser | --matrix | --alerting | --tracing | --long-term |
                    --kubernetes | --pods]

Runs the end-to-end tests on the sandbox, on a Kubernetes API server and, if \`pulumi\` is on PATH, on the real engine.
Options select suites; without options all run, except --matrix (part of --alerting), --long-term and --pods.

  --engine      the tests on the real engine
  --sandbox     the tests on the sandbox; run by CI
  --browser     every dashboard in a browser, on the sandbox; with --sandbox, on the same sandbox after its tests; requires
                Chromium; run by CI
  --matrix      the alerts that each fault triggers and the commands in the runbooks, on the sandbox; about 15 minutes; run
                by CI
  --alerting    --matrix, plus failures of a receiver, Alertmanager or Prometheus; about 30 minutes
  --tracing     the sandbox with Jaeger: traces from logs, exemplars and journeys, and Jaeger's failures; about 6 minutes;
                builds Jaeger
  --long-term   metrics.longTerm on the sandbox: Thanos, which it builds first, with a bucket on this machine; about 10 minutes
  --kubernetes  the production manifests on a real Kubernetes API server; run by CI
  --pods        production as pods on a real node on this machine; requires root
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
  "--sandbox": () => runSandboxTests(...(isSelected("--browser") ? [onSandbox, inBrowser] : [onSandbox])),
  "--browser": async () => (isSelected("--sandbox") ? 0 : runSandboxTests(inBrowser)),
  "--matrix": () => runSandboxTests("alerting/{matrix,runbooks}.test.ts"),
  "--alerting": () => runSandboxTests("alerting/*.test.ts"),
  "--tracing": () => runSandboxTests("tracing/*.test.ts"),
  "--long-term": () => runSandboxTests("long-term/*.test.ts"),
  "--kubernetes": runKubernetesTests,
  "--pods": runPodTests,
  "--engine": engineTests,
};

/** --matrix is part of --alerting, --long-term builds Thanos, and --pods changes the network of the machine while it runs. */
const onlyOnRequest = ["--matrix", "--long-term", "--pods"];

const args = process.argv.slice(2);

function isSelected(flag: string): boolean {
  return args.includes(flag) || (args.length === 0 && !onlyOnRequest.includes(flag));
}

const helpCode = helpInstead(
  help,
  args.filter((arg) => !Object.hasOwn(suites, arg)),
);
if (helpCode !== undefined) process.exitCode = helpCode;
else {
  for (const [flag, runSuite] of Object.entries(suites)) {
    if (isSelected(flag)) process.exitCode = (await runSuite()) || process.exitCode;
  }
}
