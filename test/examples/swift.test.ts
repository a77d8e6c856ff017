import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { swiftFrontendLine } from "../../demo/simulator/log-lines.ts";
import { findProgram } from "../../scripts/lib/find-program.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { differences } from "./contract.ts";
import { parseExposition, scrape, seriesValue } from "./exposition.ts";
import { startSample } from "./sample.ts";
import { examples, pythonWithRequirements } from "./toolchains.ts";

// CI has no Swift, and its packages come from GitHub: a machine without it only skips this.
const skip = findProgram("swift") === undefined && "no swift on PATH: see https://www.swift.org/install/";

test("the Swift samples build and pass their checks, and each batch they send is counted once", { skip }, async () => {
  const build = mkdtempSync(join(tmpdir(), "examples-swift-"));
  const [metrics, api] = [await freePort(), await freePort()];
  const scraped = `http://127.0.0.1:${metrics}/metrics`;
  const args = ["-B", join(examples, "python", "aggregator.py"), String(metrics), String(api)];
  const python = await pythonWithRequirements();
  const aggregator = await startSample(python, args, scraped, `http://127.0.0.1:${api}/v1/config`);
  try {
    const words = ["run", "--package-path", join(examples, "swift"), "--scratch-path", build, "Check"];
    const output = await run("swift", [...words, `http://127.0.0.1:${api}/v1/events`]);

    const songs = seriesValue(await scrape(scraped), "whiteroom_songs_created_total", { platform: "ios" });
    assert.equal(songs, 2);

    const families = parseExposition(output.slice(0, output.indexOf('{"ts"')));
    const named = ["whiteroom_songs_created_total", "whiteroom_sessions_active", "whiteroom_session_duration_seconds"];
    assert.deepEqual(differences(families, "swift-frontend", named), []);

    const line = output.slice(output.indexOf('{"ts"')).trim();
    const { ts } = JSON.parse(line);
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const entry = {
      level: "notice",
      message: "accepted\n12 events",
      traceId,
      fields: { route: "/v1/events" },
    } as const;
    assert.equal(line, swiftFrontendLine(entry, new Date(ts * 1000)));
  } finally {
    await aggregator.stop();
    rmSync(build, { recursive: true, force: true });
  }
});
