import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { collectorDataDirectory } from "../../config/products/collector/collector.ts";
import { renderEvents } from "../../config/products/events-collector/events.ts";
import { eventsCollector } from "../../config/products/events-collector/product.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { clusterProgramPaths, controlPlanePrograms } from "../../scripts/offline/cluster-programs.ts";
import { countedFromLogs } from "../logs/counted.ts";
import { storedEntries } from "../logs/loki-query.ts";
import { needsCollectors } from "../logs/needs.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { startLoki } from "../logs/stack.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import { needsCluster } from "./cluster/needs.ts";
import { createObjects } from "./cluster/objects.ts";
import { applyStrictly, renderedManifests, variants } from "./rendered.ts";

/*
 * The rendered config in the real Alloy, with a token of the account that the manifests create on a real API server, and
 * read back from the real Loki.
 */

const secondsAgo = (seconds: number) => `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19)}Z`;

/** As the kubelet and most controllers write them. */
function event(name: string, fields: Record<string, unknown>) {
  return { apiVersion: "v1", kind: "Event", metadata: { name, namespace: "studio" }, ...fields };
}

const pod = { apiVersion: "v1", kind: "Pod", name: "mixer-0", namespace: "studio" };

const backOff = secondsAgo(120);
const scheduled = secondsAgo(90);
const notReady = secondsAgo(60);
const hostile = secondsAgo(30);

const written = [
  event("mixer-0.backoff", {
    involvedObject: pod,
    reason: "BackOff",
    message: "Back-off restarting failed container",
    type: "Warning",
    count: 12,
    firstTimestamp: secondsAgo(600),
    lastTimestamp: backOff,
  }),
  // Of the newer API, as the scheduler writes them.
  {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "mixer-0.scheduled", namespace: "studio" },
    regarding: pod,
    action: "Binding",
    reason: "Scheduled",
    note: "Successfully assigned studio/mixer-0 to node-1",
    type: "Normal",
    eventTime: scheduled.replace("Z", ".000000Z"),
    reportingController: "default-scheduler",
    reportingInstance: "default-scheduler-1",
  },
  // Nodes have no namespace; their events are stored in default.
  event("node-1.notready", {
    metadata: { name: "node-1.notready", namespace: "default" },
    involvedObject: { apiVersion: "v1", kind: "Node", name: "node-1" },
    reason: "NodeNotReady",
    message: "Node node-1 status is now: NodeNotReady",
    type: "Warning",
    count: 1,
    lastTimestamp: notReady,
  }),
  event("mixer-0.hostile", {
    involvedObject: pod,
    reason: "Failed",
    message: 'Error: "{{ .name }}" \\ <b>level=error</b>\nsecond line {"level":"critical"}',
    type: "Warning",
    lastTimestamp: hostile,
  }),
  event("mixer-0.old", {
    involvedObject: pod,
    reason: "Killing",
    message: "older than Loki takes",
    type: "Normal",
    lastTimestamp: secondsAgo(3_300),
  }),
];

const labels = { job: "events", service: "kubernetes", namespace: "studio", cluster: "studio", env: "events" };
const { namespace: _, ...withoutNamespace } = labels;
const metadata = { kind: "Pod", name: "mixer-0" };
const nanoseconds = (time: string) => time.replace("Z", ".000000000Z");

const expected = [
  {
    time: nanoseconds(backOff),
    labels: { ...labels, level: "warn" },
    metadata: { ...metadata, reason: "BackOff" },
    text: "BackOff Pod/mixer-0: Back-off restarting failed container (12 times)",
  },
  {
    time: nanoseconds(scheduled),
    labels: { ...labels, level: "info" },
    metadata: { ...metadata, reason: "Scheduled" },
    text: "Scheduled Pod/mixer-0: Successfully assigned studio/mixer-0 to node-1",
  },
  {
    time: nanoseconds(notReady),
    labels: { ...withoutNamespace, level: "warn" },
    metadata: { kind: "Node", name: "node-1", reason: "NodeNotReady" },
    text: "NodeNotReady Node/node-1: Node node-1 status is now: NodeNotReady",
  },
  {
    time: nanoseconds(hostile),
    labels: { ...labels, level: "warn" },
    metadata: { ...metadata, reason: "Failed" },
    text: 'Failed Pod/mixer-0: Error: "{{ .name }}" \\ <b>level=error</b>\nsecond line {"level":"critical"}',
  },
];

const isReady = needsCluster(...controlPlanePrograms).skip || needsCollectors("alloy").skip;

describe("events of a cluster", { skip: isReady }, () => {
  const directory = mkdtempSync(join(tmpdir(), "events-"));
  const started: (() => unknown)[] = [];
  let plane: ControlPlane;
  let loki: Program;
  let alloy: Program;
  let run: () => Promise<Program>;

  before(async () => {
    const rendered = await renderedManifests(variants.large);
    started.push(rendered.remove);
    plane = await ControlPlane.start({ programs: clusterProgramPaths() });
    started.push(() => plane.stop());
    await applyStrictly(plane.kubectl, rendered.manifests);
    await createObjects(plane.kubectl, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "studio" } }]);
    await createObjects(plane.kubectl, written);
    loki = await startLoki(directory, await freePort());
    started.push(() => loki.stop());

    const token = await plane.kubectl.run(["create", "token", eventsCollector.workload, "--namespace", "watch"]);
    writeFileSync(join(directory, "token"), token);
    const { clusters } = JSON.parse(await plane.kubectl.run(["config", "view", "--output=json"])) as {
      clusters: { cluster: { server: string } }[];
    };
    const settings = toSettings(
      {
        stack: "test",
        values: {
          platform: "kubernetes",
          environment: "events",
          cluster: "studio",
          alerting: { enabled: false },
          logs: { collector: "promtail", sources: { events: { enabled: true } } },
        },
        secrets: new Set(),
      },
      { requireSecrets: false },
    );
    const [config] = renderEvents(settings, {
      pushUrl: `${loki.url}/loki/api/v1/push`,
      apiServer: {
        url: clusters[0]?.cluster.server ?? "",
        tokenFile: join(directory, "token"),
        caFile: plane.authority.certificate,
      },
    });
    writeFileSync(join(directory, "config.alloy"), config?.content ?? "");
    const data = join(directory, "data");
    mkdirSync(data);
    const port = await freePort();
    const places: Record<string, string> = {
      [`--server.http.listen-addr=:${eventsCollector.port}`]: `--server.http.listen-addr=127.0.0.1:${port}`,
      [`--storage.path=${collectorDataDirectory}`]: `--storage.path=${data}`,
      [`${eventsCollector.configDirectory}/config.alloy`]: join(directory, "config.alloy"),
    };
    const args = eventsCollector.args.map((arg) => places[arg] ?? arg);
    run = () => start("alloy", args, `http://127.0.0.1:${port}`, "/-/ready");
    alloy = await run();
    started.push(() => alloy.stop());
  });

  after(async () => {
    for (const stop of started.reverse()) await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Events of this test only, because controllers write others. */
  const stored = async () =>
    (await storedEntries(loki.url, '{job="events"}')).filter(({ metadata }) =>
      ["mixer-0", "node-1"].includes(metadata["name"] ?? ""),
    );

  async function untilStored(count: number): Promise<void> {
    await until(`${count} events are stored`, async () => (await stored()).length >= count).catch((error: Error) => {
      throw new Error(`${error.message}\n${alloy.output().slice(-3000)}`);
    });
  }

  test("each is stored once, with its time, labels, structured metadata and text", async () => {
    await untilStored(expected.length);
    assert.deepEqual(await stored(), expected);
  });

  test("they are counted by level", async () => {
    const counted = Object.keys(await countedFromLogs(alloy.url));
    assert.deepEqual(counted, [
      'whiteroom_log_lines_total{level="info",service="kubernetes"}',
      'whiteroom_log_lines_total{level="warn",service="kubernetes"}',
    ]);
  });

  test("a new pod reads them again, but none is stored twice, and stores those that it missed", async () => {
    await alloy.stop();
    rmSync(join(directory, "data"), { recursive: true });
    mkdirSync(join(directory, "data"));
    // In separate chunks, so that Loki must compare stored lines with new ones.
    await fetch(`${loki.url}/flush`, { method: "POST" });
    const later = `${new Date().toISOString().slice(0, 19)}Z`;
    await createObjects(plane.kubectl, [
      event("mixer-0.later", {
        involvedObject: pod,
        reason: "Unhealthy",
        message: "Readiness probe failed",
        type: "Warning",
        count: 1,
        lastTimestamp: later,
      }),
    ]);
    alloy = await run();
    await untilStored(expected.length + 1);
    const warnings = 'whiteroom_log_lines_total{level="warn",service="kubernetes"}';
    await until("all events are read again", async () => ((await countedFromLogs(alloy.url))[warnings] ?? 0) >= 4);
    await sleep(3_000);
    assert.deepEqual(await stored(), [
      ...expected,
      {
        time: nanoseconds(later),
        labels: { ...labels, level: "warn" },
        metadata: { ...metadata, reason: "Unhealthy" },
        text: "Unhealthy Pod/mixer-0: Readiness probe failed",
      },
    ]);
  });
});
