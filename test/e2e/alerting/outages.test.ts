import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { eventually, marker, pause } from "../running-stack.ts";
import { apply, stack } from "../sandbox/sandbox.ts";
import { courses } from "./faults.ts";
import { calm, quick } from "./quick.ts";
import { type Received, received } from "./received.ts";
import { postSilence, silenceState } from "./silences.ts";

before(() => apply(quick));
afterEach(calm);

const crash = courses["crash of swift-frontend"];
const ways = ["email oncall@white-room.example", "pagerduty critical", "slack #alerts"];
/** Prometheus sends a firing alert again every minute: a duplicate notification would arrive by then. */
const resend = 60;

test("Alertmanager stopped for two minutes while an alert fires: one notification, once it is back", async () => {
  await calm();
  const since = await stack.lastNotification();
  await stack.stop("alertmanager");
  const stopped = Date.now();
  try {
    await crash.begin();
    await eventually("ServiceDown firing in Prometheus", 60, async () => {
      const alerts = await stack.prometheus('ALERTS{alertname="ServiceDown",alertstate="firing"}');
      return alerts.some(({ metric }) => metric["service"] === "swift-frontend");
    });
    await pause(120 - (Date.now() - stopped) / 1000);
    assert.deepEqual(await received(stack, since), []);
  } finally {
    await stack.start("alertmanager");
  }
  await eventually("the page by every way", resend + 30, async () => {
    const told = of("swift-frontend", await received(stack, since));
    return told.length >= ways.length;
  });
  await pause(resend + 15);
  await endsOnce(since);
});

test("Alertmanager restarted while an alert fires: no notification is repeated, and silences are kept", async () => {
  await calm();
  const since = await stack.lastNotification();
  const silence = await postSilence("alertname", marker());
  await crash.begin();
  await eventually(
    "the page by every way",
    60,
    async () => of("swift-frontend", await received(stack, since)).length >= ways.length,
  );
  await stack.stop("alertmanager");
  await stack.start("alertmanager");
  await eventually("Alertmanager healthy again", 60, () => stack.isHealthy("alertmanager"));
  assert.equal(await silenceState(silence), "active");
  await pause(resend + 15);
  await endsOnce(since);
});

/** Notifications about a service's ServiceDown. */
function of(service: string, all: readonly Received[]): Received[] {
  return all.filter((each) => each.alert === "ServiceDown" && each.service === service);
}

/** Every channel got one incident and one resolution, and no other alert except that Alertmanager was down. */
async function endsOnce(since: number): Promise<void> {
  const told = (await received(stack, since)).filter(({ service }) => service !== "monitoring");
  assert.deepEqual(
    told.map(({ way, alert, service, state }) => `${alert} ${service} ${state} ${way}`).sort(),
    ways.map((way) => `ServiceDown swift-frontend firing ${way}`),
  );
  await crash.end();
  await eventually("the end by every way", 90, async () => {
    const ended = of("swift-frontend", await received(stack, since)).filter(({ state }) => state === "resolved");
    return ended.length >= ways.length;
  });
  const all = of("swift-frontend", await received(stack, since));
  assert.equal(all.length, 2 * ways.length);
  assert.equal(new Set(all.flatMap(({ incident }) => incident ?? [])).size, 1, "one incident");
}
