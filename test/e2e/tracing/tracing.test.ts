import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { queriesOf } from "../../../dashboards/queries.ts";
import { traces } from "../../../dashboards/traces.ts";
import { run } from "../../../scripts/lib/run-command.ts";
import { configWith, sandboxSettings } from "../../../scripts/sandbox/up.ts";
import { answerOf } from "../../../scripts/verify/panel-answers.ts";
import { courses } from "../alerting/faults.ts";
import { type Received, received } from "../alerting/received.ts";
import { dockerCommands, failedCommands } from "../runbook-commands.ts";
import { eventually, marker } from "../running-stack.ts";
import { root, stack } from "../sandbox/sandbox.ts";
import { applyTraced, exemplars, journey, samplingOf, spansOf, wholeTrace } from "./jaeger.ts";

const script = (name: string, ...args: string[]) => run(process.execPath, [join(root, "scripts", name), ...args]);
const up = () => script("sandbox.ts", "up", "--with", "tracing");

before(up);

test("a second up changes nothing", async () => {
  const identities = await stack.identities();
  assert.ok(identities.has("jaeger"));
  await up();
  assert.deepEqual(await stack.identities(), identities);
});

/** Queries that return nothing without failures. */
const ofFailures = /refused|failed|STATUS_CODE_ERROR|status_code!/;

test("verify passes, and every query of the dashboard Traces but those for failures returns data", async () => {
  const config = configWith(["tracing"]);
  await script("verify.ts", "--stack", "sandbox", "--config-file", config, "--wait", "5m");
  const settings = sandboxSettings(config);
  const queries = queriesOf(traces(settings), {}).filter(
    ({ panel, expr }) => !panel.startsWith("annotation") && !ofFailures.test(expr),
  );
  assert.ok(queries.length >= 10);
  const empty: string[] = [];
  for (const query of queries)
    if ((await answerOf(settings, query)).length === 0) empty.push(`${query.panel}: ${query.expr}`);
  assert.deepEqual(empty, []);
});

test("a log line leads to the trace of its request, with spans of all services", async () => {
  await applyTraced();
  const spans = await eventually("such a line", 60, async () => {
    const lines = await stack.loki('{service="juce-backend"} | json | route="/api/songs/:id" | trace_id!=""');
    return wholeTrace(lines.slice(0, 20).map(({ labels }) => labels["trace_id"] ?? ""));
  });
  assert.deepEqual([...new Set(spans.map(({ service }) => service))].sort(), [
    "audio-engine",
    "juce-backend",
    "swift-frontend",
  ]);
});

for (const metric of ["whiteroom_http_request_duration_seconds_bucket", "traces_span_metrics_duration_seconds_bucket"])
  test(`an exemplar of ${metric} leads to such a trace`, async () => {
    await eventually("such an exemplar", 90, async () => wholeTrace((await exemplars(metric)).slice(0, 20)));
  });

test("the log line of a failed journey leads to the requests of its steps", async () => {
  const query = `{service="monitoring"} |= "journey failed" | json | journey="${journey}" | step="read"`;
  const [failure] = await eventually("the line in Loki", 90, async () => {
    const lines = await stack.loki(query);
    return lines.length > 0 && lines;
  });
  const id = failure?.labels["trace_id"] ?? "";
  await eventually("the spans of both steps", 30, async () => {
    const names = (await spansOf(id)).map(({ name }) => name);
    return names.includes("GET /api/songs") && names.includes("GET /api/songs/:id");
  });
});

test("the page about failing requests leads to traces of the service at that time", async () => {
  const since = await stack.lastNotification();
  await courses.errors.begin();
  try {
    const page = await eventually("the page", 120, async () =>
      (await stack.notifications("pagerduty", since)).find(({ summary }) => summary.includes("HighErrorRate")),
    );
    const { links } = page.payload as { links: { href: string; text: string }[] };
    const link = links.find(({ text }) => text === "Traces")?.href ?? "";
    assert.match(link, /^http:\/\/localhost:16686\/search\?service=juce-backend&start=\d{16}&end=\d{16}$/);
    // The request that the linked page sends.
    const answer = await fetch(link.replace("localhost", "127.0.0.1").replace("/search", "/api/traces"));
    const { data } = (await answer.json()) as { data: unknown[] };
    assert.ok(data.length > 0);
  } finally {
    await courses.errors.end();
  }
});

/** Sends a request with a new trace ID through Nginx, and waits until its span is stored. */
async function sendTraced(): Promise<string> {
  const id = marker();
  const request = `await fetch("http://demo-nginx:8080/api/performances", { headers: { traceparent: "00-${id}-00f067aa0ba902b7-01" } })`;
  await stack.execute("demo-simulator", ["node", "--input-type=module", "-e", request]);
  await eventually(`the trace ${id}`, 30, async () => (await spansOf(id)).length > 0);
  return id;
}

/** Workloads that were restarted or replaced since. */
async function changedSince(before: ReadonlyMap<string, string>): Promise<string[]> {
  const now = await stack.identities();
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name) !== now.get(name));
}

test("Jaeger stopped: its alert fires and resolves, the demo goes on, and stored traces are kept", async () => {
  const id = await sendTraced();
  const identities = await stack.identities();
  const since = await stack.lastNotification();
  const began = Date.now() / 1000;
  const requests = 'sum(increase(whiteroom_http_requests_total{job="juce-backend"}[1m]))';
  await stack.stop("jaeger");
  try {
    await eventually("ServiceDown by every way", 120, async () => {
      const told = down(await received(stack, since), "firing");
      return ["pagerduty critical", "slack #alerts", "email oncall@white-room.example"].every((way) =>
        told.some((each) => each.way === way),
      );
    });
    await eventually(
      "a minute without Jaeger",
      90,
      async () => Date.now() / 1000 - began > 60 && (await stack.prometheus(requests))[0],
    );
    const [handled] = await stack.prometheus(requests);
    assert.ok((handled?.value ?? 0) > 60, `${handled?.value} requests in a minute`);
  } finally {
    await stack.start("jaeger");
  }
  await eventually("Jaeger healthy", 60, () => stack.isHealthy("jaeger"));
  await eventually("the resolution", 120, async () => down(await received(stack, since), "resolved").length >= 3);
  assert.deepEqual(await changedSince(identities), ["jaeger"]);
  assert.ok((await spansOf(id)).length > 0, "the trace from before");
  await sendTraced();
});

function down(all: readonly Received[], state: Received["state"]): Received[] {
  return all.filter((each) => each.alert === "ServiceDown" && each.service === "monitoring" && each.state === state);
}

test("a killed Jaeger restarts with the traces that it had stored", async () => {
  const id = await sendTraced();
  const restarts = Number(await stack.inspect("jaeger", "{{.RestartCount}}"));
  await stack.signal("jaeger", "SIGKILL");
  await eventually(
    "Jaeger restarted",
    30,
    async () => Number(await stack.inspect("jaeger", "{{.RestartCount}}")) === restarts + 1,
  );
  await eventually("Jaeger healthy", 120, () => stack.isHealthy("jaeger"));
  assert.ok((await spansOf(id)).length > 0);
});

test("another share of traces applies without a restart, and another config restarts only Jaeger", async () => {
  const identities = await stack.identities();
  await applyTraced({ sampling: { services: { "juce-backend": 0.25 } } });
  await eventually("the new share", 60, async () => (await samplingOf("juce-backend")) === 0.25);
  assert.deepEqual(await changedSince(identities), []);
  await applyTraced({ sampling: { services: { "juce-backend": 0.25 }, kept: 0.5 } });
  assert.deepEqual(await changedSince(identities), ["jaeger"]);
  assert.ok(await stack.isHealthy("jaeger"));
});

test("the commands of the runbooks about Jaeger succeed when pasted", async () => {
  const commands = dockerCommands("tracing");
  assert.deepEqual([...new Set(commands.map(({ file }) => file))].sort(), [
    "SpansDropped.md",
    "TraceStorageFilling.md",
  ]);
  assert.deepEqual(await failedCommands(commands), []);
});
