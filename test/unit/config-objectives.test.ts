import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

function problems(slos: readonly object[], changed: object = {}): string[] {
  const values = { platform: "docker", environment: "dev", demo: { enabled: true }, slos, ...changed };
  return problemsOf(() => toSettings({ stack: "dev", values, secrets: new Set() }));
}

const api = { name: "api", service: "juce-backend" };

test("all problems with objectives are reported together", () => {
  const buckets = "0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10";
  assert.deepEqual(
    problems([
      { ...api, objective: 100 },
      { ...api, objective: 0 },
      { name: "short", service: "juce-backend", window: "6d" },
      { name: "long", service: "juce-backend", window: "91d" },
      { name: "slow", service: "juce-backend", of: "latency", threshold: 0.3 },
      { name: "slower", service: "juce-backend", of: "latency" },
      { name: "lost", service: "juce-backnd" },
      { name: "silent", service: "audio-engine" },
      { name: "ratio", service: "swift-frontend", objective: 0.999 },
      { name: "extra", service: "swift-frontend", threshold: 0.5, probe: "site" },
    ]),
    [
      "slos[0].objective: 100 is too large; use at most 99.9999",
      "slos[1].objective: 0 is too small; use a percentage, such as 99.9",
      'slos[2].window: "6d" is too short; use at least "7d"',
      'slos[3].window: "91d" is too long; use at most "90d"',
      "slos[8].objective: 0.999 is too small; use a percentage, such as 99.9",
      'slos[1].name: "api" is a duplicate; use another name',
      `slos[4].threshold: 0.3 is not a bucket of whiteroom_http_request_duration_seconds; the nearest is 0.25; the buckets, in seconds, are ${buckets}`,
      `slos[5].threshold: is required by of: latency; use a bucket in seconds: ${buckets}`,
      "slos[9].threshold: 0.5 is used only with of: latency; remove it, or set of: latency",
      'slos[6].service: "juce-backnd" is not a known service; use "juce-backend", "swift-frontend" or "audio-engine", or add it to applications',
      'slos[7].service: "audio-engine" has no whiteroom_http_requests_total, which of: requests needs; use another service, or another value for of',
      'slos[9].probe: "site" is used only with of: probe; remove it, or set of: probe',
    ],
  );
});

test("a name of a default objective is taken while that objective exists", () => {
  const named = { ...api, name: "juce-backend-requests" };
  assert.deepEqual(problems([{ ...named, of: "latency", threshold: 1 }]), [
    'slos[0].name: "juce-backend-requests" is the name of a default objective; use another name',
  ]);
  assert.deepEqual(problems([named]), []);
});

test("an application's own service may have objectives", () => {
  const licenses = { name: "licenses", service: "licensing", objective: 99 };
  const applications = { "license-server": { service: "licensing", targets: ["licenses.internal:9400"] } };
  assert.deepEqual(problems([licenses], { applications }), []);
});

test("an objective on Docker needs targets of its service, unless targets are discovered", () => {
  const slos = [api, { name: "licenses", service: "licensing" }, { ...api, name: "late", of: "latency", threshold: 1 }];
  const demo = { enabled: false };
  const alerting = { enabled: false };
  const found = (server: object, platform = "docker") =>
    problems(slos, {
      demo,
      alerting,
      platform,
      applications: { "license-server": { service: "licensing", ...server } },
    });
  const ofBackend =
    "applications.juce-backend.targets: is empty, so slos[0], slos[2] would have no data; add the addresses of the instances, or remove the objective";
  assert.deepEqual(found({}), [
    ofBackend,
    "applications.license-server.targets: is empty, so slos[1] would have no data; add the addresses of the instances, or remove the objective",
  ]);
  assert.deepEqual(found({ discovery: { srv: ["_metrics._tcp.example.com"] } }), [ofBackend]);
  assert.deepEqual(found({ targets: ["licenses"] }), [
    'applications.license-server.targets[0]: "licenses" is not a valid address; use host and port, such as "db.internal:5432"',
    ofBackend,
  ]);
  assert.deepEqual(found({}, "kubernetes"), []);
});

test("an objective has defaults", () => {
  const { slos } = toSettings({
    stack: "dev",
    values: {
      platform: "docker",
      environment: "dev",
      demo: { enabled: true },
      probes: { ownPages: false },
      slos: [api],
    },
    secrets: new Set(),
  });
  assert.deepEqual(slos, [
    { name: "api", service: "juce-backend", team: "platform", of: "requests", objective: 99.9, window: "30d" },
  ]);
});

test("an objective on probes names an existing probe, or a service with probes", () => {
  const slos = [
    { name: "a", service: "website", of: "probe" },
    { name: "b", service: "juce-backend", of: "probe", probe: "api" },
    { name: "c", service: "juce-backend", of: "probe", probe: "apj" },
    { name: "d", service: "swift-frontend", of: "probe" },
    { name: "e", service: "websites", of: "probe", probe: "api" },
  ];
  const targets = [
    { name: "website", kind: "http", url: "https://white-room.example" },
    { name: "api", kind: "http", url: "https://api.white-room.example", service: "juce-backend" },
  ];
  const services = '"juce-backend", "swift-frontend", "audio-engine" or "website"';
  assert.deepEqual(problems(slos, { probes: { ownPages: false, targets } }), [
    `slos[4].service: "websites" is not a known service; use ${services}, or add a probe for it to probes.targets or probes.journeys`,
    'slos[2].probe: "apj" is not a known probe; use "website" or "api", or add it to probes.targets',
    'slos[3].probe: is required, because service "swift-frontend" has no probe; use "website" or "api", or add it to probes.targets',
  ]);
});

test("the team of an objective and of a probe is one of alerting.teams", () => {
  const targets = [{ name: "website", kind: "http", url: "https://white-room.example", team: "web" }];
  const changed = { probes: { targets } };
  const known = "platform, audio, product, security or database";
  assert.deepEqual(problems([{ ...api, team: "back-end" }], changed), [
    `probes.targets[0].team: team "web" is not known; use ${known}, or add it to alerting.teams`,
    `slos[0].team: team "back-end" is not known; use ${known}, or add it to alerting.teams`,
  ]);
  const teams = { web: { email: ["web@white-room.example"] }, "back-end": { email: ["api@white-room.example"] } };
  assert.deepEqual(problems([{ ...api, team: "back-end" }], { ...changed, alerting: { teams } }), []);
});
