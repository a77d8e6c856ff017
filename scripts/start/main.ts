import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, UsageError } from "./arguments.ts";
import { endOnSignals, Interrupted } from "./foreground.ts";
import { start } from "./start.ts";
import { stop } from "./stop.ts";

endOnSignals();
try {
  const options = parseArguments(process.argv.slice(2));
  process.exitCode = await (options.stop ? stop(options) : start(options));
} catch (error) {
  if (error instanceof UsageError) {
    const help = readFileSync(join(import.meta.dirname, "help.txt"), "utf8");
    process.stderr.write(`${error.message}\n\n${help}`);
    process.exitCode = 2;
  } else if (error instanceof Interrupted) {
    process.stderr.write(
      "\nInterrupted. Run ./start.sh again to go on, or ./start.sh --stop to take down what is there.\n",
    );
    process.exitCode = 130;
  } else {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
