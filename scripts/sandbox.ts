import { relative } from "node:path";
import { parseArgs } from "node:util";
import { either } from "../config/settings/problems.ts";
import { endWithCommands } from "./lib/run-command.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { buildSandboxImages } from "./offline/images.ts";
import { composeDown } from "./sandbox/compose-stack.ts";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { type Addition, additions, configWith, sandboxUp } from "./sandbox/up.ts";

const help = `npm run sandbox -- up|down|images|test [options]

Runs the dev stack without a Pulumi engine or an image registry: rendered for Docker Compose, on locally built images of
the real programs. Uses the viewer instead of Grafana, and Promtail instead of Alloy.

  up      build missing images, render the stack, start it and wait until all services are healthy. If Loki and Promtail
          must be built, the other services start first. On a running sandbox, applies config changes, without a restart
          where possible
  down    stop and remove the containers and the network; keeps the data unless --volumes is set
  images  build the images
  test    run the end-to-end tests

  --config-file FILE  use this file instead of Pulumi.sandbox.yaml
  --with COMPONENT    with up: add a component that the sandbox leaves out, and build its programs first: tracing (Jaeger),
                      or long-term (Thanos, with a bucket on this machine)
  --volumes           with down: also remove the data
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "config-file": { type: "string" },
      volumes: { type: "boolean", default: false },
      with: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (rest.length === 0) {
    switch (command) {
      case "up": {
        const configFile = values.with.length > 0 ? configWith(additionsOf(values.with)) : values["config-file"];
        await sandboxUp({ configFile, verify: false, log });
        const option = configFile === undefined ? "" : ` --config-file ${relative(process.cwd(), configFile)}`;
        log(`Check it with \`npm run verify -- --stack sandbox${option}\`.`);
        return 0;
      }
      case "down":
        await composeDown(values.volumes, log);
        return 0;
      case "images":
        await ensureDockerEngine(log);
        await buildSandboxImages({ log });
        return 0;
      case "test":
        return (await import("./sandbox/test.ts")).runSandboxTests("sandbox/*.test.ts");
    }
  }
  process.stderr.write(help);
  return 2;
}

function additionsOf(names: readonly string[]): Addition[] {
  const known = Object.keys(additions) as Addition[];
  return names.map((name) => {
    const addition = known.find((each) => each === name);
    if (addition === undefined) throw new UsageError(`--with ${name} is not known; use ${either(known)}`);
    return addition;
  });
}

endWithCommands();
try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
