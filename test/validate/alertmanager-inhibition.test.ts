import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { alertNames, alerts as catalogue } from "../../config/alerts/catalogue.ts";
import { needs } from "../binaries.ts";
import { alertingSettings } from "../unit/alertmanager-settings.ts";
import { type RunningAlertmanager, startAlertmanager } from "./alertmanager-running.ts";

/** Expected sources and targets, written out rather than read from the config. */
const symptoms = [
  "HighLatencyP95",
  "HighErrorRate",
  "ErrorBudgetBurnFast",
  "ErrorBudgetBurnSlow",
  "ErrorBudgetBurnTicket",
  "AudioProcessingOverload",
  "AudioDeadlineMisses",
  "AudioXruns",
  "FfiLatencyHigh",
  "FfiErrorRateHigh",
];
const downs = ["PostgresDown", "RedisDown", "NginxDown"];
const security = ["UnusualAuthFailures", "SecurityVulnerabilityDetected"];
const sources = ["ServiceDown", "ServiceAbsent", "LowDiskSpace", "ThanosCompactorHalted", ...downs];
// JourneyFailed has a test of its own, because ProbeFailed is among the others.
const others = alertNames.filter((name) => ![...sources, "JourneyFailed"].includes(name));

const off = { enabled: false };
const nobody = ["nobody@example.com"];
const quick = { groupWait: "0s", groupInterval: "1s", repeatInterval: "1h" };
const settings = alertingSettings({
  pagerduty: off,
  slack: off,
  heartbeat: off,
  email: { smarthost: "127.0.0.1:9", to: { default: nobody } },
  teams: { security: { email: nobody }, database: { email: nobody } },
  waits: { critical: quick, high: quick, medium: quick, low: quick },
});

type Labels = Record<string, string>;

/** An alert with the labels of its catalogue entry; `labels` adds to them or overrides them. */
function alert(alertname: string, labels: Labels): { labels: Labels } {
  const { severity, team } = catalogue[alertname as keyof typeof catalogue];
  return { labels: { alertname, severity, team, cluster: "test", ...labels } };
}

describe("inhibition", needs("alertmanager"), () => {
  let alertmanager: RunningAlertmanager;
  before(async () => {
    alertmanager = await startAlertmanager(settings, { slackCredential: "bot" }, {});
  });
  after(() => alertmanager?.stop());

  /**
   * Names of the alerts that are inhibited when the source fires, followed by all `others` with these labels. Each case has
   * its own labels, so that cases do not affect each other.
   */
  async function inhibited(source: { labels: Labels }, labels: Labels): Promise<string[]> {
    await alertmanager.post([source]);
    await settled([source]);
    const targets = others.map((name) => alert(name, labels));
    await alertmanager.post(targets);
    return (await settled(targets)).map(({ alertname }) => String(alertname)).sort();
  }

  /** Waits until Alertmanager has processed these alerts, and returns the labels of those that are inhibited. */
  async function settled(posted: readonly { labels: Labels }[]): Promise<Labels[]> {
    const key = ({ labels }: { labels: Labels }) => JSON.stringify(Object.entries(labels).sort());
    const wanted = new Set(posted.map(key));
    const deadline = Date.now() + 15_000;
    for (;;) {
      const known = (await alertmanager.alerts()).filter((alert) => wanted.has(key(alert)));
      if (known.length === wanted.size && known.every(({ status }) => status.state !== "unprocessed")) {
        return known.filter(({ status }) => status.inhibitedBy.length > 0).map(({ labels }) => labels);
      }
      if (Date.now() > deadline) throw new Error(`processed ${known.length} of ${wanted.size} alerts`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const sorted = (names: readonly string[]) => [...names].sort();

  test("ServiceDown: the other alerts of its service and instance", async () => {
    const at = { service: "a", instance: "a:1" };
    assert.deepEqual(await inhibited(alert("ServiceDown", at), at), sorted(symptoms));
  });

  test("ServiceDown: no alerts of another instance or service", async () => {
    const source = alert("ServiceDown", { service: "b", instance: "b:1" });
    assert.deepEqual(await inhibited(source, { service: "b", instance: "b:2" }), []);
    assert.deepEqual(await inhibited(source, { service: "c", instance: "b:1" }), []);
    assert.deepEqual(await inhibited(source, { service: "b" }), []);
  });

  test("ServiceAbsent: the other alerts of its service, on any instance", async () => {
    const source = alert("ServiceAbsent", { service: "d" });
    assert.deepEqual(await inhibited(source, { service: "d", instance: "d:1" }), sorted(symptoms));
    assert.deepEqual(await inhibited(source, { service: "d" }), sorted(symptoms));
    assert.deepEqual(await inhibited(source, { service: "e", instance: "d:1" }), []);
  });

  for (const down of downs) {
    test(`${down}: every other alert of its instance, except team security, Watchdog and other servers`, async () => {
      const at = { service: "f", instance: `${down}:1` };
      assert.deepEqual(
        await inhibited(alert(down, at), { ...at, service: "g" }),
        sorted(others.filter((name) => ![...security, "Watchdog"].includes(name))),
      );
    });

    test(`${down}: no alerts of another instance, and none if neither has an instance`, async () => {
      assert.deepEqual(await inhibited(alert(down, { instance: `${down}:2` }), { instance: `${down}:3` }), []);
      assert.deepEqual(await inhibited(alert(down, { service: `${down}-none` }), { service: `${down}-other` }), []);
    });
  }

  test("LowDiskSpace: DiskWillFillIn4Hours of the same instance and mountpoint", async () => {
    const at = { service: "host", instance: "h:1", mountpoint: "/data" };
    assert.deepEqual(await inhibited(alert("LowDiskSpace", at), at), ["DiskWillFillIn4Hours"]);
  });

  test("LowDiskSpace: no alerts of another mountpoint, or without one", async () => {
    const source = alert("LowDiskSpace", { service: "host", instance: "h:2", mountpoint: "/data" });
    assert.deepEqual(await inhibited(source, { service: "host", instance: "h:2", mountpoint: "/" }), []);
    const without = { service: "host", instance: "h:3" };
    assert.deepEqual(await inhibited(alert("LowDiskSpace", without), without), []);
  });

  test("ThanosCompactorHalted: ThanosCompactionStalled of the same compactor", async () => {
    const at = { service: "monitoring", instance: "thanos-compactor:10902" };
    const source = alert("ThanosCompactorHalted", at);
    assert.deepEqual(await inhibited(source, at), ["ThanosCompactionStalled"]);
    assert.deepEqual(await inhibited(source, { ...at, instance: "thanos-compactor:10903" }), []);
  });

  test("ProbeFailed as P0: the service's own alerts that agree, on any instance", async () => {
    const probe = { service: "q", instance: "https://q.example", probe: "q", team: "product" };
    const source = alert("ProbeFailed", { ...probe, severity: "critical" });
    const own = (...names: string[]) =>
      ["q", "r"].flatMap((service) => names.map((name) => alert(name, { service, instance: "q:1" })));
    const found: string[] = [];
    // Each inhibits those posted after it.
    for (const posted of [[source], own("ServiceDown"), own(...symptoms)]) {
      await alertmanager.post(posted);
      found.push(...(await settled(posted)).map(({ alertname, service }) => `${alertname} ${service}`));
    }
    // ServiceDown inhibits the others of its instance whether or not it is inhibited itself.
    assert.deepEqual(found.filter((name) => name.endsWith("r")).sort(), sorted(symptoms.map((name) => `${name} r`)));
    assert.ok(found.includes("ServiceDown q"));

    const elsewhere = ["HighErrorRate", "ErrorBudgetBurnFast", "HighLatencyP95"].map((name) =>
      alert(name, { service: "q", instance: "q:2" }),
    );
    await alertmanager.post(elsewhere);
    assert.deepEqual((await settled(elsewhere)).map(({ alertname }) => alertname).sort(), [
      "ErrorBudgetBurnFast",
      "HighErrorRate",
    ]);
  });

  test("ProbeFailed as P1 inhibits only ProbeSlow, of the same probe", async () => {
    const probe = { service: "s", instance: "https://s.example", probe: "s" };
    const source = alert("ProbeFailed", probe);
    assert.deepEqual(await inhibited(source, { ...probe, instance: "s:1" }), ["ProbeSlow"]);
    const down = alert("ServiceDown", { service: "s", instance: "s:2" });
    await alertmanager.post([down]);
    assert.deepEqual(await settled([down]), []);
    const slow = alert("ProbeSlow", { ...probe, probe: "other" });
    await alertmanager.post([slow]);
    assert.deepEqual(await settled([slow]), []);
  });

  test("JourneyFailed: inhibited by ServiceDown, ServiceAbsent and ProbeFailed of its service", async () => {
    for (const name of ["ServiceDown", "ServiceAbsent", "ProbeFailed", "HighErrorRate"]) {
      const service = `journey-${name}`;
      const source = alert(name, { service, instance: `${service}:1` });
      await alertmanager.post([source]);
      await settled([source]);
      const targets = [service, `${service}-other`].map((each) =>
        alert("JourneyFailed", { service: each, instance: "journeys:8030", probe: "j" }),
      );
      await alertmanager.post(targets);
      assert.deepEqual(
        (await settled(targets)).map((labels) => labels["service"]),
        name === "HighErrorRate" ? [] : [service],
      );
    }
  });

  test("an unreachable server: the probe of its service", async () => {
    for (const name of downs) {
      const source = alert(name, { service: `probed-${name}`, instance: `${name}:9` });
      const target = { service: `probed-${name}`, instance: "https://t.example", probe: "t" };
      // ProbeFailed inhibits ProbeSlow.
      assert.deepEqual(await inhibited(source, target), ["ProbeFailed", "ProbeSlow"]);
    }
  });

  test("ServiceDown and ContainerMemoryNearLimit: Kubernetes alerts on the same pod or container", async () => {
    const at = { service: "p", instance: "p:1", namespace: "n", pod: "p-1", container: "p" };
    const { container: _, ...pod } = at;
    assert.deepEqual((await inhibited(alert("ServiceDown", pod), { ...at, instance: "kubelet" })).sort(), [
      "KubernetesPodCrashLooping",
      "KubernetesPodNotReady",
    ]);
    const full = { ...at, pod: "p-2" };
    const [source, target] = ["ContainerMemoryNearLimit", "KubernetesPodCrashLooping"].map((name) => alert(name, full));
    const other = alert("KubernetesPodCrashLooping", { ...full, container: "sidecar" });
    await alertmanager.post([source, target, other].filter((each) => each !== undefined));
    assert.deepEqual(
      (await settled([source, target, other].filter((each) => each !== undefined))).map((labels) => [
        labels["alertname"],
        labels["container"],
      ]),
      [["KubernetesPodCrashLooping", "p"]],
    );
  });

  test("an alert of team security inhibits nothing and is inhibited by nothing", async () => {
    const source = { service: "i", instance: "i:1" };
    assert.deepEqual(await inhibited(alert("PostgresDown", { ...source, team: "security" }), source), []);
    const target = { service: "j", instance: "j:1" };
    assert.deepEqual(await inhibited(alert("PostgresDown", target), { ...target, team: "security" }), []);
    assert.deepEqual(await inhibited(alert("ServiceAbsent", target), { ...target, team: "security" }), []);
  });

  test("among the sources, only an unreachable server inhibits the others of its instance", async () => {
    const pairs = sources.flatMap((source) =>
      sources
        .filter((target) => target !== source)
        .map((target) => {
          const service = `${source} ${target}`;
          const at = { service, instance: `${service}:1`, mountpoint: "/data" };
          return { source: alert(source, at), target: alert(target, at) };
        }),
    );
    await alertmanager.post(pairs.map(({ source }) => source));
    await settled(pairs.map(({ source }) => source));
    const targets = pairs.map(({ target }) => target);
    await alertmanager.post(targets);
    assert.deepEqual(
      (await settled(targets)).map(({ service }) => service).sort(),
      sorted(downs.flatMap((down) => sources.filter((name) => !downs.includes(name)).map((name) => `${down} ${name}`))),
    );
  });

  test("no other alert inhibits anything", async () => {
    const pairs = others.flatMap((source) =>
      others
        .filter((target) => target !== source)
        .map((target) => {
          const at = { service: source, instance: `${source} ${target}:1`, mountpoint: "/data" };
          return { source: alert(source, at), target: alert(target, at) };
        }),
    );
    await alertmanager.post(pairs.map(({ source }) => source));
    await settled(pairs.map(({ source }) => source));
    const targets = pairs.map(({ target }) => target);
    await alertmanager.post(targets);
    assert.deepEqual(await settled(targets), []);
  });
});
