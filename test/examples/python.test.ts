import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { swiftFrontendLine } from "../../demo/simulator/log-lines.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { tryRun } from "../../scripts/lib/run-command.ts";
import { differences } from "./contract.ts";
import { scrape, seriesValue } from "./exposition.ts";
import { startSample } from "./sample.ts";
import { examples, needsTools, pythonWithRequirements } from "./toolchains.ts";

const folder = join(examples, "python");
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("Python samples", needsTools("python3"), () => {
  let python = "";
  before(async () => {
    python = await pythonWithRequirements();
  });

  test("their own tests pass", async () => {
    const { code, output } = await tryRun(python, ["-B", "-m", "unittest"], { cwd: folder });
    assert.match(output, /^Ran 6 tests in .*\n\nOK\n$/m);
    assert.equal(code, 0);
  });

  test("the aggregator serves the contract's metrics, and counts a phone's batch once", async () => {
    const [metrics, api] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${metrics}/metrics`;
    const args = ["-B", join(folder, "aggregator.py"), String(metrics), String(api)];
    const aggregator = await startSample(python, args, url, `http://127.0.0.1:${api}/v1/config`);
    try {
      const body = readFileSync(join(examples, "swift", "batch.json"), "utf8");
      const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
      const send = () => fetch(`http://127.0.0.1:${api}/v1/events`, { method: "POST", body, headers });
      const first = await send();
      assert.deepEqual([first.status, await first.json()], [202, { counted: true }]);
      assert.deepEqual(await (await send()).json(), { counted: false });

      const families = await scrape(url);
      assert.deepEqual(differences(families, "swift-frontend"), []);
      assert.equal(seriesValue(families, "whiteroom_songs_created_total", { platform: "ios" }), 2);
      assert.equal(seriesValue(families, "whiteroom_feature_uses_total", { feature: "looper" }), 3);
      assert.equal(seriesValue(families, "whiteroom_session_duration_seconds_sum", { platform: "ios" }), 312.5);

      const [line = ""] = aggregator.lines().filter((each) => each.includes("/v1/events"));
      const { ts, duration_ms } = JSON.parse(line);
      const fields = { method: "POST", route: "/v1/events", status: 202, duration_ms };
      const entry = { level: "info", message: "request handled", traceId, fields } as const;
      // Python writes whole numbers that are floats as "1.0".
      assert.equal(line.replace(/(\d)\.0(?=[,}])/g, "$1"), swiftFrontendLine(entry, new Date(ts * 1000)));
    } finally {
      await aggregator.stop();
    }
  });
});
