import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { eventually } from "../running-stack.ts";
import { apply, stack } from "../sandbox/sandbox.ts";
import { alertsOf } from "./alertmanager.ts";
import { courses } from "./faults.ts";
import { calm, quick } from "./quick.ts";
import { type Received, received } from "./received.ts";

before(() => apply(quick));
afterEach(calm);

const crash = courses["crash of swift-frontend"];

/** A receiver that fails, how, and the reason that Alertmanager reports. */
const refusals = [
  { kind: "pagerduty", behaviour: { status: 500 }, failing: "pagerduty", reason: "serverError" },
  { kind: "slack-api", behaviour: { status: 429 }, failing: "slack", reason: "rateLimited" },
  { kind: "email", behaviour: { status: 500 }, failing: "email", reason: "other" },
  // Alertmanager gives an attempt 10 s.
  { kind: "pagerduty", behaviour: { delay: "20s" }, failing: "pagerduty", reason: "contextDeadlineExceeded" },
] as const;

for (const { kind, behaviour, failing, reason } of refusals) {
  test(`${kind} ${JSON.stringify(behaviour)}: the others are notified, also of the failure; it is notified once it accepts again`, async () => {
    await calm();
    const since = await stack.lastNotification();
    await refuse(kind, behaviour);
    await crash.begin();
    const others = ["pagerduty critical", "slack #alerts", "email oncall@white-room.example"].filter(
      (way) => !way.startsWith(failing),
    );
    await eventually(`ServiceDown by ${others.join(" and ")}`, 60, async () => {
      const ways = firing(await received(stack, since), "ServiceDown").map(({ way }) => way);
      return others.every((way) => ways.includes(way));
    });
    const alarm = await eventually("NotificationsFailing by another way", 90, async () =>
      firing(await received(stack, since), "NotificationsFailing").find(({ way }) => !way.startsWith(failing)),
    );
    assert.equal(alarm.service, "monitoring");
    const integrations = (await alertsOf("NotificationsFailing")).map(
      ({ labels }) => `${labels["integration"]} ${labels["reason"]}`,
    );
    assert.ok(integrations.includes(`${failing} ${reason}`), integrations.join(", "));
    assert.deepEqual(
      (await received(stack, since)).filter(({ way }) => way.startsWith(failing)),
      [],
    );
    await fetch(`http://127.0.0.1:8025/behaviour/${kind}`, { method: "DELETE" });
    await eventually(`ServiceDown by ${failing}, late`, 60, async () =>
      firing(await received(stack, since), "ServiceDown").some(({ way }) => way.startsWith(failing)),
    );
    await crash.end();
    await eventually("the end by every way", 90, async () => {
      const ended = (await received(stack, since)).filter(
        ({ alert, state }) => alert === "ServiceDown" && state === "resolved",
      );
      return new Set(ended.map(({ way }) => way)).size === 3;
    });
    assert.equal(firing(await received(stack, since), "ServiceDown").length, 3, "each channel was notified once");
  });
}

function firing(all: readonly Received[], name: string): Received[] {
  return all.filter(({ alert, state }) => alert === name && state === "firing");
}

async function refuse(kind: string, behaviour: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:8025/behaviour/${kind}`, {
    method: "POST",
    body: JSON.stringify({ ...behaviour, duration: "5m" }),
  });
  assert.ok(answer.ok, await answer.text());
}
