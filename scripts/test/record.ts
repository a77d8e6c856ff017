import { relative, resolve, sep } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { leftOutReason } from "./programs.ts";
import type { Recorded } from "./summary.ts";

const root = resolve(import.meta.dirname, "..", "..");

/** Reporter for `node --test` that writes the counts for the summary table of `./test.sh` as JSON, by suite. */
export default async function* record(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const suites: Record<string, Recorded> = {};
  for await (const { type, data } of events) {
    if (data === undefined || !("file" in data) || data.file === undefined) continue;
    const file = relative(root, data.file);
    const [, name = ""] = file.split(sep);
    suites[name] ??= { passed: 0, failed: 0, skipped: 0, leftOut: {}, milliseconds: 0 };
    const counts = suites[name];
    if (type === "test:summary") counts.milliseconds += data.duration_ms;
    else if (type === "test:pass" && typeof data.skip === "string" && data.skip.startsWith(leftOutReason)) {
      counts.leftOut[file] = (counts.leftOut[file] ?? 0) + 1;
    } else if (type === "test:pass" && data.skip !== undefined) counts.skipped++;
    else if (type === "test:pass" && data.details.type !== "suite") counts.passed++;
    else if (type === "test:fail" && data.details.type !== "suite" && data.todo === undefined) counts.failed++;
  }
  yield JSON.stringify(suites);
}
