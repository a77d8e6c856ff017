import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { eventually, marker } from "../running-stack.ts";
import { apply, fast, stack } from "./sandbox.ts";

const teams = { mobile: { slackChannel: "#mobile", pagerduty: true, webhook: true, msteams: true } };
const alerting = { ...fast["alerting"], teams, extraRules: "docs/examples/rules" };
let identity = "";

before(async () => {
  await apply(fast);
  identity = await stack.inspect("alertmanager", "{{.Id}} {{.State.StartedAt}}");
  await apply({ ...fast, alerting });
});
after(() => apply(fast));

test("a new team is notified on each of its ways, and Alertmanager does not restart", async () => {
  const since = await stack.lastNotification();
  const alertname = `Team${marker().slice(0, 6)}`;
  const labels = { alertname, severity: "critical", priority: "P0", team: "mobile", service: "app" };
  await fetch("http://127.0.0.1:9093/api/v2/alerts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ labels, annotations: { summary: "s", description: "d" } }]),
  });
  for (const kind of ["pagerduty", "webhook", "msteams"]) {
    await eventually(`a ${kind} notification`, 60, async () =>
      (await stack.notifications(kind, since)).find((each) => each.summary.includes(alertname)),
    );
  }
  const keys = (await stack.notifications("pagerduty", since))
    .filter(({ summary }) => summary.includes(alertname))
    .map(({ key_fingerprint }) => key_fingerprint);
  assert.deepEqual(keys, [fingerprint("demo-pagerduty-mobile-key")]);
  const channels = (await stack.notifications("slack-api", since))
    .filter(({ summary }) => summary.includes(alertname))
    .map(({ channel }) => channel);
  assert.deepEqual(channels.sort(), ["#alerts", "#mobile"]);
  assert.equal(await stack.inspect("alertmanager", "{{.Id}} {{.State.StartedAt}}"), identity);
});

test("own rules are evaluated by Prometheus and Loki", async () => {
  for (const [url, name] of [
    ["http://127.0.0.1:9090/api/v1/rules", "CheckoutTrafficStopped"],
    ["http://127.0.0.1:3100/prometheus/api/v1/rules", "PaymentProviderErrors"],
  ] as const) {
    await eventually(name, 120, async () => (await (await fetch(url)).text()).includes(name));
  }
});

function fingerprint(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 12);
}
