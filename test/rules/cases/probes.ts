import { backend, type Case, of, own, place } from "../case.ts";

/** A probe of the backend's public page. */
const shop = {
  job: "probe",
  instance: "https://shop.example/health",
  probe: "shop",
  service: "juce-backend",
  team: "product",
  ...place,
} as const;
/** The same page at another address, for a service with no firing alerts. */
const site = { ...shop, instance: "https://www.example", probe: "site", service: "site", team: "audio" } as const;
const blackbox = own("blackbox", "blackbox:9115");

const critical = { severity: "critical", priority: "P0" } as const;
const high = { severity: "high", priority: "P1" } as const;
const medium = { severity: "medium", priority: "P2" } as const;
const dashboard = "white-room-probes";
const success = of(shop, "probe_success");
const expiry = of(shop, "probe_ssl_earliest_cert_expiry");
const duration = of(shop, "probe_duration_seconds");

const failed = (target: typeof shop | typeof site) => ({
  labels: { ...target, ...high },
  summary: `Probe ${target.probe} fails`,
  description: `The probe ${target.probe} of ${target.instance} fails: there is no response, or not the expected one. Users probably see the same, although no alert on ${target.service}'s own metrics agrees; the cause may lie between users and the service, such as DNS, a proxy or a certificate.`,
  dashboard,
});

const agreed = {
  labels: { ...shop, ...critical },
  summary: "Probe shop fails, and juce-backend has other alerts firing",
  description:
    "The probe shop of https://shop.example/health fails, and ServiceDown, HighErrorRate or ErrorBudgetBurnFast fires for juce-backend: it is unavailable to users. This alert replaces their pages.",
  dashboard,
};

/** In seconds. promtool starts each test at Unix time 0. */
const day = 86_400;

const certificate = (target: typeof shop, days: string, threshold: number, severity: typeof high | typeof medium) => ({
  labels: { ...target, ...severity },
  summary: `Certificate of ${target.instance} ${days.startsWith("-") ? "has expired" : "expires soon"}`,
  description: `The certificate that probe ${target.probe} received from ${target.instance}, or one in its chain, ${days.startsWith("-") ? "has expired" : "is about to expire"}: ${days} days left, below the threshold of ${threshold}. When it expires, clients refuse to connect to ${target.service}.`,
  dashboard,
});

const slow = (seconds: string) => ({
  labels: { ...shop, ...medium },
  summary: `Probe shop is slow: ${seconds}`,
  description: `Over the last 5m, the probe shop of https://shop.example/health took ${seconds} on average, above its threshold (1 s unless slowAfter is set). Users of juce-backend probably wait at least as long.`,
  dashboard,
});

/** A journey that logs in and creates a song, as its runner reports it. */
const journey = {
  job: "journey",
  instance: "journeys:9118",
  service: "juce-backend",
  team: "product",
  ...place,
} as const;
const step = (name: string) => of(journey, "journey_step_success", { probe: "create-song", step: name });
const journeyFailed = (name: string) => ({
  labels: { ...journey, ...high, probe: "create-song", step: name },
  summary: `Journey create-song fails at step ${name}`,
  description: `The journey create-song fails at its step ${name}: users of juce-backend who do the same probably fail at this point. The journey runner's log has the reason, the response and the trace ID.`,
  dashboard,
});

export const probes: readonly Case[] = [
  {
    alert: "ProbeFailed",
    proves: "fires",
    name: "a page fails while its service works, and so does one of a service without metrics",
    series: {
      [success]: "1x3 0x40",
      [of(site, "probe_success")]: "1x3 0x40",
      [of(backend, "up")]: "1x60",
    },
    checks: [
      { at: "2m45s", firing: [] },
      { at: "3m", firing: [failed(shop), failed(site)] },
    ],
  },
  {
    alert: "ProbeFailed",
    proves: "fires",
    name: "the service is down as well: at once, as P0, not after ServiceDown",
    series: {
      [success]: "1x3 0x40",
      [of(backend, "up")]: "1x3 0x40",
    },
    checks: [
      { at: "1m30s", firing: [] },
      { at: "1m45s", firing: [agreed] },
      { at: "1m45s", alert: "ServiceDown", firing: [] },
      { at: "6m", firing: [agreed] },
    ],
  },
  {
    alert: "ProbeFailed",
    proves: "fires",
    name: "from P1 to P0 when the service goes down, and back",
    series: {
      [success]: "0x80",
      [of(backend, "up")]: "1x20 0x20 1x60",
    },
    checks: [
      { at: "4m", firing: [failed(shop)] },
      { at: "8m", firing: [agreed] },
      { at: "14m", firing: [failed(shop)] },
    ],
  },
  {
    alert: "ProbeFailed",
    proves: "fires",
    name: "no result: blackbox_exporter runs, but does not answer for this probe",
    series: {
      [of(shop, "up")]: "0x40",
      [of(blackbox, "up")]: "1x40",
    },
    checks: [
      { at: "1m45s", firing: [] },
      { at: "2m", firing: [failed(shop)] },
      { at: "6m", alert: "ServiceDown", firing: [] },
    ],
  },
  {
    alert: "ProbeFailed",
    proves: "comes close and stays silent",
    name: "it fails for less than two minutes, again and again",
    series: { [success]: "1x3 0x6 1x1 0x6 1x1 0x6 1x20", [of(backend, "up")]: "1x60" },
    checks: [
      { at: "4m", firing: [] },
      { at: "8m", firing: [] },
    ],
  },
  {
    alert: "ProbeFailed",
    proves: "comes close and stays silent",
    name: "the service is down, but its page is served",
    series: { [success]: "1x40", [of(backend, "up")]: "0x40" },
    checks: [{ at: "8m", firing: [] }],
  },
  {
    alert: "ProbeFailed",
    proves: "comes close and stays silent",
    name: "blackbox_exporter itself is down, which ServiceDown reports",
    series: { [of(shop, "up")]: "0x40", [of(blackbox, "up")]: "0x40" },
    checks: [
      { at: "8m", firing: [] },
      {
        at: "8m",
        alert: "ServiceDown",
        firing: [
          {
            labels: { ...blackbox, severity: "critical", priority: "P0", team: "platform" },
            summary: "monitoring is down on blackbox:9115",
            description:
              "Prometheus cannot scrape blackbox:9115 (job blackbox): the target does not respond, or responds with an error. The service is probably unavailable to users, and it has no other metrics until it is back.",
            dashboard: "white-room-system-health",
          },
        ],
      },
    ],
  },
  {
    alert: "ProbeSlow",
    proves: "fires",
    name: "two seconds on average",
    series: { [duration]: "2x80" },
    checks: [
      { at: "9m45s", firing: [] },
      { at: "10m", firing: [slow("2s")] },
    ],
  },
  {
    alert: "ProbeSlow",
    proves: "comes close and stays silent",
    name: "one slow probe in five, and one at the threshold",
    series: { [duration]: "0.5 0.5 0.5 0.5 2.5 0.5 0.5 0.5 0.5 2.5 1x80" },
    checks: [{ at: "15m", firing: [] }],
  },
  {
    alert: "CertificateExpiring",
    proves: "fires",
    name: "twenty days left",
    step: "1m",
    series: { [expiry]: `${20 * day}x80` },
    checks: [
      { at: "14m", firing: [] },
      { at: "15m", firing: [certificate(shop, "20.0", 21, medium)] },
    ],
  },
  {
    alert: "CertificateExpiring",
    proves: "fires",
    name: "two days left: urgent, and once",
    step: "1m",
    series: { [expiry]: `${2 * day}x80` },
    checks: [
      { at: "14m", firing: [] },
      { at: "15m", firing: [certificate(shop, "2.0", 3, high)] },
    ],
  },
  {
    alert: "CertificateExpiring",
    proves: "fires",
    name: "it has expired, and the probe has been failing for nine minutes",
    step: "1m",
    series: { [expiry]: `-${day}x20 _x30`, [success]: "1x20 0x30" },
    checks: [{ at: "29m", firing: [certificate(shop, "-1.0", 3, high)] }],
  },
  {
    alert: "CertificateExpiring",
    proves: "comes close and stays silent",
    name: "twenty-two days left, and a renewal within a quarter of an hour",
    step: "1m",
    series: {
      [expiry]: `${22 * day}x80`,
      [of(site, "probe_ssl_earliest_cert_expiry")]: `${day}x10 ${90 * day}x60`,
    },
    checks: [{ at: "40m", firing: [] }],
  },
  {
    alert: "JourneyFailed",
    proves: "fires",
    name: "the second step fails, then the first; steps after it do not run",
    series: {
      [step("login")]: "1x3 1x20 0x60",
      [step("create")]: "1x3 0x20 stale",
      [step("show")]: "1x3 stale",
    },
    checks: [
      { at: "2m45s", firing: [] },
      { at: "3m", firing: [journeyFailed("create")] },
      { at: "9m", firing: [journeyFailed("login")] },
    ],
  },
  {
    alert: "JourneyFailed",
    proves: "comes close and stays silent",
    name: "every third run fails, and its runner is down, which ServiceDown reports",
    series: {
      [step("login")]: "1 1 1 1 0 0 0 0 1 1 1 1 0 0 0 0 1 1 1 1",
      [of(own("journey", "journeys:9118"), "up")]: "1x20 0x40",
    },
    checks: [
      { at: "4m", firing: [] },
      { at: "10m", firing: [] },
    ],
  },
];
