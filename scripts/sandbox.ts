import { parseArgs } from "node:util";
import { endWithCommands } from "./lib/run-command.ts";
import { exitCodeOf } from "./lib/wrong-words.ts";
import { buildSandboxImages } from "./offline/images.ts";
import { composeDown } from "./sandbox/compose-stack.ts";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { sandboxUp } from "./sandbox/up.ts";

const help = `npm run sandbox -- up|down|images|test [options]

The dev stack without a Pulumi engine and without an image registry: rendered, and run by Docker Compose on stand-in
images that hold the real programs. The viewer in place of Grafana, and Promtail in place of Alloy.

  up      builds the images that are missing, renders, starts and waits until every service is healthy. Where Loki and
          Promtail have to be built, everything else starts first and they join later. Run again, it applies what has
          changed in the config, without a restart where the program allows it
  down    stops and removes the containers and the network; the data stays, unless --volumes
  images  builds the images
  test    the end-to-end tests

  --config-file FILE  read this file instead of Pulumi.sandbox.yaml
  --volumes           with down: remove the data, too
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "config-file": { type: "string" },
      volumes: { type: "boolean", default: false },
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
      case "up":
        await sandboxUp({ configFile: values["config-file"], verify: false, log });
        log("Check it with `npm run verify -- --stack sandbox`.");
        return 0;
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

endWithCommands();
try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
