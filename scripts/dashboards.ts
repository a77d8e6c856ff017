import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { record } from "./dashboards/recording.ts";
import { arrival, compare, type ScreenshotOptions, shoot } from "./dashboards/screenshots.ts";
import { stackSources } from "./dashboards/sources.ts";
import { inScratchFolder, startServer, writeDashboards } from "./dashboards/viewer-server.ts";
import { presentCredentials } from "./lib/component-request.ts";
import { endWithCommands } from "./lib/run-command.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { root } from "./start/stack-project.ts";
import { componentAddresses } from "./verify/addresses.ts";

const help = `npm run dashboards -- serve|shoot|compare|record [options]

Shows the dashboards of a running stack without a Grafana server.

  serve           serve them at http://localhost:3300 and update them when files in dashboards/ or config/ are saved
  shoot <folder>  write a PNG of each dashboard; requires Chromium
  compare <before> <after> <folder>
                  write before and after PNGs of each dashboard that differs between two rendered stacks (folders written
                  by \`npm run render\`), with the last half hour of data; requires Chromium
  record <folder> write the samples and log lines of the last hour to a folder, for --data

  --stack NAME    the running stack to query (default: ${defaultStackInWords})
  --data FOLDER   with shoot and compare: query a recording instead of the running stack, so that the same dashboards give
                  the same PNGs, byte for byte. Runs Prometheus and Loki, from PATH or built by \`npm run sandbox -- images\`
  --port N        with serve: the port (default 3300)
  --theme NAME    with shoot and compare: dark (default) or light
  --width PIXELS  with shoot and compare: width of the window (default 1400), 390 for a phone
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

/** Milliseconds to wait for further saves. */
const debounce = 200;

async function serve(stack: string, port: number): Promise<void> {
  const sources = stackSources(deployedSettings(stack));
  await inScratchFolder(async (folder) => {
    await writeDashboards(stack, folder);
    const { server, url } = await startServer(sources, folder, port, log);
    log(`Serving the dashboards of ${stack} at ${url}. Press Ctrl+C to stop.`);
    let timer: NodeJS.Timeout | undefined;
    const rerender = () =>
      writeDashboards(stack, folder).then(
        () => log("Dashboards updated."),
        (error: Error) => log(error.message),
      );
    for (const watched of ["dashboards", "config"]) {
      watch(join(root, watched), { recursive: true }, () => {
        clearTimeout(timer);
        timer = setTimeout(rerender, debounce);
      });
    }
    await once(server, "exit");
  });
}

async function recordStack(stack: string, folder: string): Promise<void> {
  const settings = deployedSettings(stack);
  presentCredentials(stack, settings, componentAddresses(settings));
  await record(stackSources(settings), folder, Date.now() - arrival);
  log(`Recorded stack ${stack} in ${folder}.`);
}

function screenshotOptions(values: ScreenshotOptions): ScreenshotOptions {
  const { theme, width } = values;
  if (!["dark", "light"].includes(theme)) throw new UsageError(`--theme ${theme} is not valid; use dark or light`);
  if (!/^[1-9]\d{2,3}$/.test(width)) throw new UsageError(`--width ${width} is not valid; use pixels, such as 390`);
  return values;
}

function portOf(port: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number >= 1 && number <= 65_535) return number;
  throw new UsageError(`--port ${port} is not valid; use a number from 1 to 65535`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string", default: defaultStack() },
      data: { type: "string" },
      port: { type: "string", default: "3300" },
      theme: { type: "string", default: "dark" },
      width: { type: "string", default: "1400" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const { stack, port, data } = values;
  const [command, ...folders] = positionals;
  const [first, second, third] = folders;
  const takesData = command === "shoot" || command === "compare";
  if (data !== undefined && !takesData) throw new UsageError("--data is only valid with shoot and compare");
  const options = () => screenshotOptions({ ...values, data });
  if (command === "serve" && folders.length === 0) return serve(stack, portOf(port));
  if (command === "shoot" && first !== undefined && folders.length === 1) return shoot(first, options(), log);
  if (
    command === "compare" &&
    first !== undefined &&
    second !== undefined &&
    third !== undefined &&
    folders.length === 3
  )
    return compare(first, second, third, options(), log);
  if (command === "record" && first !== undefined && folders.length === 1) return recordStack(stack, first);
  throw new UsageError("use serve, shoot or record with one folder, or compare with three folders");
}

endWithCommands();
try {
  await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
