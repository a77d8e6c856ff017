import { faultNames } from "../../../demo/simulator/faults.ts";
import { eventually } from "../running-stack.ts";
import { stack } from "../sandbox/sandbox.ts";
import { alertsOf } from "./alertmanager.ts";

const brief = { for: "5s", window: "30s" };
const unreachable = { for: "10s" };

/**
 * All durations shortened through config keys that users have; promtool tests cover the real ones. Waits keep their order, so
 * that a P0 fires before the P1 that it inhibits is sent.
 */
export const quick = {
  // Enough requests at any hour to detect a fault of half a minute reliably.
  demo: { enabled: true, requestRate: 12 },
  metrics: { scrapeInterval: "5s", scrapeTimeout: "4s", evaluationInterval: "5s" },
  // It walks through every file of the host's containers, and exceeds the scrape timeout on a busy host.
  exporters: { cadvisor: { enabled: false } },
  applications: { "audio-engine": { scrapeInterval: "5s" } },
  probes: { interval: "5s" },
  // Must not fire: every fault that stops the journey burns its budget, which shows for an hour.
  slos: [{ name: "demo-song", service: "demo-song", of: "probe", probe: "demo-song", minimumEvents: 1_000_000 }],
  alerting: {
    waits: {
      critical: { groupWait: "1s", groupInterval: "5s", repeatInterval: "4h" },
      high: { groupWait: "25s", groupInterval: "5s", repeatInterval: "4h" },
      medium: { groupWait: "25s", groupInterval: "5s", repeatInterval: "12h" },
      low: { groupWait: "1s", groupInterval: "5s", repeatInterval: "24h" },
    },
    rules: {
      ServiceDown: unreachable,
      PostgresDown: unreachable,
      RedisDown: unreachable,
      NginxDown: unreachable,
      HighErrorRate: brief,
      // On a busy machine, a server that comes back delays requests for some seconds; this must not fire the alert.
      HighLatencyP95: { for: "25s", window: "30s" },
      AudioProcessingOverload: brief,
      AudioDeadlineMisses: brief,
      AudioXruns: { window: "30s" },
      FfiLatencyHigh: { for: "15s", window: "30s" },
      FfiErrorRateHigh: brief,
      UnusualAuthFailures: brief,
      LowActiveUsers: { for: "5s" },
      ErrorBudgetBurnFast: { for: "5s" },
      ProbeFailed: { for: "10s" },
      // Two runs of the journey.
      JourneyFailed: { for: "15s" },
      CertificateExpiring: { for: "5s" },
      // Burnt budget shows for half an hour and for six hours; these must not fire during the tests.
      ErrorBudgetBurnSlow: { for: "1d" },
      ErrorBudgetBurnTicket: { for: "1d" },
      // Loki evaluates once a minute: with a window of the same length, every line counts once. The previous hour, in which
      // these tests broke the same services, is no baseline for a tenfold increase.
      ErrorLogBurst: { window: "1m", threshold: 1 },
      PostgresFatalErrors: { window: "1m" },
      NginxUpstreamFailures: { window: "1m" },
      NotificationsFailing: { window: "30s" },
      // The host that the tests run on may be busy or full.
      HighCpuUsage: { enabled: false },
      HighMemoryUsage: { enabled: false },
      LowDiskSpace: { enabled: false },
      DiskWillFillIn4Hours: { enabled: false },
    },
  },
};

/** Alerts that fire in a demo where nothing is wrong. */
export const news = ["Watchdog", "NewUserSignup", "DeploymentCompleted"];

/** Ends every fault and refusal, and waits until only informational alerts remain. */
export async function calm(): Promise<void> {
  for (const kind of faultNames) {
    await fetch(`http://127.0.0.1:8009/faults/${kind}`, { method: "DELETE" });
  }
  await fetch("http://127.0.0.1:8025/behaviour", { method: "DELETE" });
  await eventually("no alert but news", 420, async () => {
    // After a start, wait for the first scrapes and evaluations.
    const [watchdog] = await alertsOf("Watchdog");
    const started = watchdog !== undefined && (await stack.prometheus("count(up == 1) == count(up)")).length > 0;
    return started && (await alertsOf()).every(({ labels }) => news.includes(labels["alertname"] ?? ""));
  });
}
