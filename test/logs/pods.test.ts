import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { alloy } from "../../config/products/alloy/product.ts";
import { promtail } from "../../config/products/promtail/product.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { countedFromLogs } from "./counted.ts";
import { traceId } from "./feed.ts";
import { type FakePod, serveKubernetes } from "./kubernetes-api.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { CollectorUnderTest, collectors, startLoki } from "./stack.ts";

/*
 * Files as a container runtime writes them, read by the real collector, which looks up their pods in a fake API server, and
 * read back from the real Loki. The tests on a real node prove that a kubelet uses the same paths.
 */

const node = "node-1";
const backend: FakePod = {
  namespace: "white-room",
  name: "juce-backend-7c9",
  uid: "8f1c2b00-0000-4000-8000-000000000001",
  node,
  containers: ["api", "proxy"],
  labels: { "app.kubernetes.io/name": "juce-backend" },
};
const unlabelled: FakePod = {
  namespace: "tools",
  name: "cleaner-29012345-x",
  uid: "8f1c2b00-0000-4000-8000-000000000002",
  node,
  containers: ["cleaner"],
};
const own: FakePod = {
  namespace: "monitoring",
  name: "loki-0",
  uid: "8f1c2b00-0000-4000-8000-000000000003",
  node,
  containers: ["loki"],
  labels: { "app.kubernetes.io/name": "loki" },
};
/** A static pod: its directory is named after the hash of its manifest, not after its UID. */
const fromFile: FakePod = {
  namespace: "kube-system",
  name: "kube-proxy-node-1",
  uid: "8f1c2b00-0000-4000-8000-000000000004",
  node,
  containers: ["kube-proxy"],
  annotations: { "kubernetes.io/config.hash": "c0ffee" },
};
/** Its node runs Docker: the log files are links to Docker's. */
const onDocker: FakePod = {
  namespace: "shop",
  name: "checkout-5d8-abcde",
  uid: "8f1c2b00-0000-4000-8000-000000000006",
  node,
  containers: ["web", "migrated"],
  labels: { app: "checkout" },
};
const knative: FakePod = {
  namespace: "shop",
  name: "hello-00001-deployment-xyz",
  uid: "8f1c2b00-0000-4000-8000-000000000007",
  node,
  containers: ["user-container"],
  labels: { "serving.knative.dev/service": "hello", app: "hello-00001" },
};
const dns: FakePod = {
  namespace: "kube-system",
  name: "coredns-66b-1",
  uid: "8f1c2b00-0000-4000-8000-000000000008",
  node,
  containers: ["coredns"],
  labels: { "k8s-app": "kube-dns" },
};
const elsewhere: FakePod = {
  ...backend,
  name: "juce-backend-elsewhere",
  uid: "8f1c2b00-0000-4000-8000-000000000005",
  node: "node-2",
};

/** A line of Docker's JSON log file, without the time. */
interface Docker {
  readonly log: string;
  readonly stream: "stdout" | "stderr";
  readonly attrs?: Readonly<Record<string, string>>;
}

interface Written {
  readonly pod: FakePod;
  readonly container: string;
  /** As the runtime writes them, without the time. */
  readonly lines: readonly (string | Docker)[];
  /** The file is a symbolic link, as cri-dockerd creates it. */
  readonly linked?: true;
  readonly expected: readonly {
    readonly service: string;
    readonly level: string;
    readonly text: string;
    readonly metadata?: Readonly<Record<string, string>>;
    /** Index of the line whose time the entry gets. */
    readonly timeOf: number;
  }[];
}

const slow = `{"time":"2026-11-23T10:00:00Z","level":"ERROR","msg":"slow","trace_id":"${traceId}"}`;

/** What a program writes may look like Docker's format. */
const likeDocker = '{"log":"written by a program","stream":"stdout","time":"2020-01-01T00:00:00Z"}';

const written: readonly Written[] = [
  {
    pod: backend,
    container: "api",
    lines: [
      `stdout F ${slow}`,
      "stdout F 2026-11-23T10:00:01.000Z CRITICAL lost the database",
      "stdout F     at whiteroom::Store::save (Store.cpp:288)",
      "stdout F     at main (main.cpp:12)",
      "stderr F level=warn msg=late",
      "stdout P a line that was ",
      "stdout F cut in two",
      "stdout F ",
    ],
    expected: [
      { service: "juce-backend", level: "error", text: slow, metadata: { trace_id: traceId }, timeOf: 0 },
      {
        service: "juce-backend",
        level: "critical",
        text: "2026-11-23T10:00:01.000Z CRITICAL lost the database\n    at whiteroom::Store::save (Store.cpp:288)\n    at main (main.cpp:12)",
        timeOf: 1,
      },
      { service: "juce-backend", level: "warn", text: "level=warn msg=late", timeOf: 4 },
      { service: "juce-backend", level: "info", text: "a line that was cut in two", timeOf: 6 },
    ],
  },
  {
    pod: backend,
    container: "proxy",
    lines: ["stdout F     listening"],
    expected: [{ service: "juce-backend", level: "info", text: "    listening", timeOf: 0 }],
  },
  {
    pod: unlabelled,
    container: "cleaner",
    lines: ["stdout F [error] cannot clean"],
    expected: [{ service: "cleaner", level: "error", text: "[error] cannot clean", timeOf: 0 }],
  },
  {
    pod: own,
    container: "loki",
    lines: ["stderr F level=info msg=started"],
    expected: [{ service: "monitoring", level: "info", text: "level=info msg=started", timeOf: 0 }],
  },
  {
    pod: fromFile,
    container: "kube-proxy",
    lines: ["stderr F synced"],
    expected: [{ service: "kube-proxy", level: "info", text: "synced", timeOf: 0 }],
  },
  {
    pod: onDocker,
    container: "web",
    linked: true,
    lines: [
      { log: "level=warn msg=late\n", stream: "stderr" },
      { log: "2026-11-23T10:00:01.000Z CRITICAL lost the database\n", stream: "stdout" },
      { log: "    at main (main.cpp:12)\n", stream: "stdout" },
      { log: "a line that Docker ", stream: "stdout", attrs: { tag: "web" } },
      { log: 'cut in two, "quoted"\n', stream: "stdout", attrs: { tag: "web" } },
      { log: "[error] from a terminal\r\n", stream: "stdout" },
      { log: `${slow}\n`, stream: "stdout" },
      { log: "\n", stream: "stdout" },
    ],
    expected: [
      { service: "checkout", level: "warn", text: "level=warn msg=late", timeOf: 0 },
      {
        service: "checkout",
        level: "critical",
        text: "2026-11-23T10:00:01.000Z CRITICAL lost the database\n    at main (main.cpp:12)",
        timeOf: 1,
      },
      { service: "checkout", level: "info", text: 'a line that Docker cut in two, "quoted"', timeOf: 4 },
      { service: "checkout", level: "error", text: "[error] from a terminal", timeOf: 5 },
      { service: "checkout", level: "error", text: slow, metadata: { trace_id: traceId }, timeOf: 6 },
    ],
  },
  {
    pod: onDocker,
    container: "migrated",
    linked: true,
    lines: [
      "stdout F [warn] from containerd",
      { log: "[warn] from Docker\n", stream: "stdout" },
      `stdout F ${likeDocker}`,
    ],
    expected: [
      { service: "checkout", level: "warn", text: "[warn] from containerd", timeOf: 0 },
      { service: "checkout", level: "warn", text: "[warn] from Docker", timeOf: 1 },
      { service: "checkout", level: "info", text: likeDocker, timeOf: 2 },
    ],
  },
  {
    pod: knative,
    container: "user-container",
    lines: ["stdout F served"],
    expected: [{ service: "hello", level: "info", text: "served", timeOf: 0 }],
  },
  {
    pod: dns,
    container: "coredns",
    lines: ["stdout F resolved"],
    expected: [{ service: "kube-dns", level: "info", text: "resolved", timeOf: 0 }],
  },
  { pod: elsewhere, container: "api", lines: ["stdout F not of this node"], expected: [] },
];

const begin = Math.floor(Date.now() / 1000) * 1000 - 600_000;

/** A different time for every line of every file, with nanoseconds. */
function time(file: number, line: number): string {
  const second = new Date(begin + (file * 20 + line) * 1000).toISOString().slice(0, 19);
  return `${second}.000000${100 + line}Z`;
}

function raw(line: string | Docker, time: string): string {
  return typeof line === "string" ? `${time} ${line}` : JSON.stringify({ ...line, time });
}

function pathOf({ pod, container }: Written): string {
  const id = pod.annotations?.["kubernetes.io/config.hash"] ?? pod.uid;
  return join(`${pod.namespace}_${pod.name}_${id}`, container, "0.log");
}

const expected = (env: string) =>
  written.flatMap(({ pod, container, expected: entries }, file) =>
    entries.map(({ service, level, text, metadata = {}, timeOf }) => ({
      time: time(file, timeOf),
      labels: { job: "pods", service, level, namespace: pod.namespace, container, cluster: "studio", env },
      metadata: { ...metadata, pod: pod.name },
      text,
    })),
  );

for (const collector of collectors) {
  describe(collector, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `pods-${collector}-`));
    const started: (() => unknown)[] = [];
    let loki: Program;
    let running: CollectorUnderTest;

    before(async () => {
      const apiPort = await freePort();
      started.push(serveKubernetes(apiPort, [...new Set(written.map(({ pod }) => pod))]));
      loki = await startLoki(directory, await freePort());
      started.push(() => loki.stop());
      for (const [file, each] of written.entries()) {
        const path = join(directory, "pods", pathOf(each));
        mkdirSync(dirname(path), { recursive: true });
        const target = each.linked ? join(directory, "docker", `${file}-json.log`) : path;
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, each.lines.map((line, index) => `${raw(line, time(file, index))}\n`).join(""));
        if (each.linked) symlinkSync(target, path);
      }
      const values = { platform: "kubernetes", environment: collector, cluster: "studio", logs: { collector } };
      const settings = toSettings(
        { stack: "test", values: { ...values, alerting: { enabled: false } }, secrets: new Set() },
        { requireSecrets: false },
      );
      running = new CollectorUnderTest(collector, directory, settings, {
        port: await freePort(),
        pushUrl: `${loki.url}/loki/api/v1/push`,
        podLogs: join(directory, "pods"),
        kubernetesApi: `http://127.0.0.1:${apiPort}`,
      });
      process.env[(collector === "alloy" ? alloy : promtail).hostVariable] = node;
      await running.start();
      started.push(() => running.stop());
      await until(`${expected(collector).length} entries are stored`, async () => {
        const entries = await storedEntries(loki.url, `{env="${collector}"}`);
        return entries.length >= expected(collector).length;
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${running.output().slice(-3000)}`);
      });
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    const byText = (entries: readonly StoredEntry[]) =>
      entries.toSorted((one, other) => (one.text < other.text ? -1 : Number(one.text > other.text)));

    test("every line of the node's pods is stored once, with its time, labels, structured metadata and text", async () => {
      assert.deepEqual(byText(await storedEntries(loki.url, `{env="${collector}"}`)), byText(expected(collector)));
    });

    test("lines are counted by service and level", async () => {
      assert.deepEqual(await countedFromLogs(running.url), {
        'whiteroom_log_lines_total{level="critical",service="checkout"}': 1,
        'whiteroom_log_lines_total{level="critical",service="juce-backend"}': 1,
        'whiteroom_log_lines_total{level="error",service="checkout"}': 2,
        'whiteroom_log_lines_total{level="error",service="cleaner"}': 1,
        'whiteroom_log_lines_total{level="error",service="juce-backend"}': 1,
        'whiteroom_log_lines_total{level="info",service="checkout"}': 2,
        'whiteroom_log_lines_total{level="info",service="hello"}': 1,
        'whiteroom_log_lines_total{level="info",service="juce-backend"}': 2,
        'whiteroom_log_lines_total{level="info",service="kube-dns"}': 1,
        'whiteroom_log_lines_total{level="info",service="kube-proxy"}': 1,
        'whiteroom_log_lines_total{level="info",service="monitoring"}': 1,
        'whiteroom_log_lines_total{level="warn",service="checkout"}': 3,
        'whiteroom_log_lines_total{level="warn",service="juce-backend"}': 1,
      });
    });

    test("a restart reads no line twice", async () => {
      await running.stop();
      await running.start();
      await sleep(8_000);
      assert.deepEqual(await countedFromLogs(running.url), {});
    });
  });
}
