import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, UsageError } from "./arguments.ts";
import { endOnSignals, Interrupted } from "./foreground.ts";
import { start } from "./start.ts";
import { stop } from "./stop.ts";

endOnSignals();
try {
  const options = parseArguments(process.argv.slice(2));
  // Read by all code that installs packages, in this process and its children.
  if (options.noInstall) process.env.WHITE_ROOM_NO_INSTALL = "1";
  if (options.yes) process.env.WHITE_ROOM_YES = "1";
  process.exitCode = await (options.stop ? stop(options) : start(options));
} catch (error) {
  if (error instanceof UsageError) {
    const help = readFileSync(join(import.meta.dirname, "help.txt"), "utf8");
    process.stderr.write(`${error.message}\n\n${help}`);
    process.exitCode = 2;
  } else if (error instanceof Interrupted) {
    process.stderr.write(
      "\nInterrupted. Run ./start.sh again to continue, or ./start.sh --stop to remove what was started.\n",
    );
    process.exitCode = 130;
  } else {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
