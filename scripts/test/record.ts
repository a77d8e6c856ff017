import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { leftOutReason } from "./programs.ts";
import type { Recorded } from "./summary.ts";

const root = resolve(import.meta.dirname, "..", "..");

/** Reporter for `node --test` that writes the counts for the summary table of `./test.sh` as JSON. */
export default async function* record(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let [passed, failed, skipped] = [0, 0, 0];
  const leftOut: Record<string, number> = {};
  for await (const { type, data } of events) {
    if (type === "test:pass" && typeof data.skip === "string" && data.skip.startsWith(leftOutReason)) {
      const file = relative(root, data.file ?? "");
      leftOut[file] = (leftOut[file] ?? 0) + 1;
    } else if (type === "test:pass" && data.skip !== undefined) skipped++;
    else if (type === "test:pass" && data.details.type !== "suite") passed++;
    else if (type === "test:fail" && data.details.type !== "suite" && data.todo === undefined) failed++;
  }
  yield JSON.stringify({ passed, failed, skipped, leftOut } satisfies Recorded);
}
