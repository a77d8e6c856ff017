import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, pause } from "../running-stack.ts";
import { apply, stack } from "../sandbox/sandbox.ts";
import { calm, quick } from "./quick.ts";

before(async () => {
  await apply(quick);
  await calm();
});
after(() => stack.start("prometheus"));

test("the heartbeat stops with Prometheus and resumes with it", async () => {
  await beat(await stack.lastNotification(), 75);
  await stack.stop("prometheus");
  // An alert that Prometheus no longer confirms ends after four minutes: four times its resend delay.
  await pause(4 * 60 + 5);
  const since = await stack.lastNotification();
  await pause(75);
  assert.deepEqual(await stack.notifications("heartbeat", since), []);
  await stack.start("prometheus");
  await beat(since, 120);
});

function beat(since: number, seconds: number) {
  return eventually("a heartbeat", seconds, async () => (await stack.notifications("heartbeat", since))[0]);
}
