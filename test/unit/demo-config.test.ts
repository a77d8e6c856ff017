import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DemoConfigError,
  type SimulatorConfig,
  validateSimulatorConfig,
  validateSinksConfig,
} from "../../demo/config.ts";

const simulator: SimulatorConfig = {
  listen: "0.0.0.0",
  ports: { juceBackend: 8000, swiftFrontend: 8001, audioEngine: 8002, control: 8009, api: 8080, dns: 8053 },
  logDirectory: "/var/log/white-room",
  nginxUrl: "http://demo-nginx:8080",
  requestsPerSecond: 5,
  postgres: { host: "demo-postgres", port: 5432, user: "white_room", database: "white_room" },
  redis: { host: "demo-redis", port: 6379 },
  syslog: { host: "collector", port: 1514 },
  links: [{ title: "Prometheus", url: "http://127.0.0.1:9090" }],
};

function problemsOf(validate: (input: unknown) => unknown, input: unknown): readonly string[] {
  try {
    validate(input);
  } catch (error) {
    assert.ok(error instanceof DemoConfigError, String(error));
    return error.problems;
  }
  return [];
}

test("a complete config is returned unchanged", () => {
  assert.deepEqual(validateSimulatorConfig(simulator), simulator);
});

test("all problems are reported together, with the value found and how to fix it", () => {
  const { nginxUrl: _, ...withoutNginx } = simulator;
  const broken = {
    ...withoutNginx,
    ports: { ...simulator.ports, api: "8080", control: 70_000 },
    requestsPerSecond: 0,
    logDirectory: "logs",
    redis: { host: "", port: 6379, pasword: "x" },
    links: [{ title: "Prometheus", url: "javascript:alert(1)" }],
  };
  assert.deepEqual(problemsOf(validateSimulatorConfig, broken), [
    "ports.control: 70000 is not valid; use a port from 0 (any free port) to 65535",
    'ports.api: "8080" is not valid; use a port from 0 (any free port) to 65535',
    'logDirectory: "logs" is not valid; use an absolute path, such as "/var/log/white-room"',
    'nginxUrl: is required; use a URL, such as "http://demo-nginx:8080"',
    "requestsPerSecond: 0 is not valid; use a number from 0.1 to 100",
    'redis.host: "" is not valid; use a host name or an IP address, such as "demo-postgres"',
    "redis.pasword: is not a known key; remove it",
    'links[0].url: "javascript:alert(1)" is not valid; use a URL, such as "http://demo-nginx:8080"',
  ]);
});

test("a duplicate port is reported with both keys", () => {
  const ports = { ...simulator.ports, api: 8000 };
  assert.deepEqual(problemsOf(validateSimulatorConfig, { ...simulator, ports }), [
    "ports.api: 8000 is already used by ports.juceBackend; use another port",
  ]);
});

test("a value that is not a config is reported", () => {
  assert.deepEqual(problemsOf(validateSinksConfig, null), ["(the whole file): null is not valid; use a map"]);
  assert.deepEqual(problemsOf(validateSinksConfig, { listen: "127.0.0.1", ports: { http: 8025 }, links: [] }), [
    "ports.smtp: is required; use a port from 0 (any free port) to 65535",
  ]);
});
