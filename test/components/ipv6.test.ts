import assert from "node:assert/strict";
import { test } from "node:test";
import { scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

const exporters = {
  postgres: {
    targets: [
      { name: "six", host: "2001:db8::5" },
      { name: "four", host: "10.0.0.5" },
    ],
  },
  redis: {
    targets: [
      { name: "six", host: "::1", tls: true },
      { name: "name", host: "cache.internal" },
    ],
  },
};

test("IPv6 addresses of servers are in brackets, in exporters and in instance", async () => {
  const config = stackConfig("dev", { demo: { enabled: false }, alerting: { enabled: false }, exporters });
  const settings = toSettings(config, { requireSecrets: false });
  const instances = scrapeJobs(settings)
    .filter(({ job }) => ["postgres", "redis"].includes(job))
    .flatMap(({ targets }) => targets.map(({ instance }) => instance));
  assert.deepEqual(instances, ["[2001:db8::5]:5432", "10.0.0.5:5432", "[::1]:6379", "cache.internal:6379"]);
  const secrets = ["six", "four", "name"].flatMap((name) => [`postgresPassword-${name}`, `redisPassword-${name}`]);
  const resources = await registered({ ...config, secrets: new Set([...config.secrets, ...secrets]) });
  const environment = resources.flatMap(({ inputs }) => (inputs["envs"] ?? []) as string[]);
  const addresses = environment.filter((text) => /^(?:DATA_SOURCE_URI|REDIS_ADDR)=/.test(text));
  assert.deepEqual(addresses.sort(), [
    "DATA_SOURCE_URI=10.0.0.5:5432/postgres?sslmode=require",
    "DATA_SOURCE_URI=[2001:db8::5]:5432/postgres?sslmode=require",
    "REDIS_ADDR=redis://cache.internal:6379",
    "REDIS_ADDR=rediss://[::1]:6379",
  ]);
});

test("no program listens only on IPv4", async () => {
  for (const logs of [{ collector: "alloy" }, { collector: "promtail" }]) {
    const objects = objectsOf(await registered(production({ logs })));
    assert.doesNotMatch(JSON.stringify([...pods(objects).values()]), /0\.0\.0\.0/);
    const files = objects.filter(({ kind }) => kind === "ConfigMap").map(({ data }) => JSON.stringify(data));
    assert.deepEqual(
      files.filter((text) => /listen[^\n]{0,20}0\.0\.0\.0/.test(text)),
      [],
    );
  }
});
