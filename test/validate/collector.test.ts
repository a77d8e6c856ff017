import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RenderedFile } from "../../config/file.ts";
import { alloy } from "../../config/products/alloy/product.ts";
import { renderAlloy } from "../../config/products/collector/alloy.ts";
import { renderPromtail } from "../../config/products/collector/promtail.ts";
import { renderEvents } from "../../config/products/events-collector/events.ts";
import { eventsCollector } from "../../config/products/events-collector/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { binary, needs } from "../binaries.ts";
import { needsAlloy } from "../logs/needs.ts";
import { stack } from "../rules/stacks.ts";

/* The checkers miss some errors, such as a pattern or selector that does not compile; the tests in test/logs find those. */

const variants: Record<string, Record<string, unknown>> = {
  defaults: {},
  "the journal, PostgreSQL's plain log in local time": {
    journal: { enabled: true },
    postgres: { format: "stderr", timezone: "Europe/Berlin" },
  },
  "network devices, a volatile journal": {
    syslog: { format: "rfc3164", protocol: "both" },
    journal: { enabled: true, path: "/run/log/journal" },
  },
  "syslog alone": Object.fromEntries(
    ["juceBackend", "swiftFrontend", "nginx", "nginxErrors", "postgres", "containers"].map((name) => [
      name,
      { enabled: false },
    ]),
  ),
};

function settings(sources: Record<string, unknown>): Settings {
  const values = { platform: "docker", environment: "test", demo: { enabled: true }, logs: { sources } };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}

const all: Record<string, Settings> = {
  ...Object.fromEntries(Object.entries(variants).map(([name, sources]) => [name, settings(sources)])),
  "spans for Jaeger": stack("dev", { tracing: { enabled: true } }),
  "a cluster": stack("prod"),
  "a cluster with its nodes' journals": stack("prod", { logs: { sources: { journal: { enabled: true } } } }),
};

function withFile([file]: readonly RenderedFile[], check: (path: string) => void): void {
  assert.ok(file);
  const directory = mkdtempSync(join(tmpdir(), "collector-"));
  const path = join(directory, file.path);
  writeFileSync(path, file.content);
  try {
    check(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const remote = [
  { name: "central", url: "https://logs.example.com/loki/api/v1/push", auth: "basic", username: "studio" },
];
const events = { sources: { events: { enabled: true } } };

for (const [name, logs] of Object.entries({
  "to Loki": events,
  "to Loki and logs.remote, with Promtail as the collector": { ...events, collector: "promtail", remote },
  "to logs.remote alone": { ...events, loki: { enabled: false }, remote },
})) {
  test(`Alloy accepts the config for the events of a cluster: ${name}`, needsAlloy(), () => {
    withFile(renderEvents(stack("prod", { logs })), (path) => {
      execFileSync("alloy", ["fmt", "--test", path], { stdio: "pipe" });
      execFileSync("alloy", [...eventsCollector.check.slice(1, -1), path], { stdio: "pipe" });
    });
  });
}

for (const [name, settings] of Object.entries(all)) {
  test(`Promtail accepts its config: ${name}`, needs("promtail"), () => {
    withFile(renderPromtail(settings), (path) => {
      execFileSync(binary("promtail"), [`-config.file=${path}`, "-check-syntax"], { stdio: "pipe" });
    });
  });

  test(`Alloy accepts its config, which is formatted as Alloy formats it: ${name}`, needsAlloy(), () => {
    withFile(renderAlloy(settings), (path) => {
      execFileSync("alloy", ["fmt", "--test", path], { stdio: "pipe" });
      execFileSync("alloy", [...alloy.check.slice(1, -1), path], { stdio: "pipe" });
    });
  });
}
