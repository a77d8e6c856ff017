import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { metricCatalogue } from "../../config/white-room/metrics.ts";

const root = join(import.meta.dirname, "../..");

/** The program's files, except those specific to White Room. */
const files = globSync(["components/**/*.ts", "config/**/*.ts", "dashboards/**/*.ts"], { cwd: root })
  .filter((file) => !file.includes("/white-room/") && file !== "components/demo.ts")
  .sort()
  .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));

/** Metrics that rules and dashboards of any stack read: requests, sign-ins, deployments. */
const common = /^whiteroom_(?:http|auth|security|deployment|build)_/;

test("metrics that only White Room has are read only in its own folders", () => {
  const own = metricCatalogue.map(({ name }) => name).filter((name) => !common.test(name));
  assert.ok(own.length > 10);
  // Without the suffix, which recorded series do not have.
  const pattern = new RegExp(own.map((name) => name.replace(/_(?:total|seconds|seconds_total)$/, "")).join("|"));
  assert.deepEqual(
    files.filter(({ text }) => pattern.test(text)).map(({ file }) => file),
    [],
  );
});

test("the rest of the program uses White Room's content only in these places", () => {
  const imported = files.flatMap(({ file, text }) =>
    [...text.matchAll(/ from "[./]*\/(?:config\/)?white-room\/([\w/-]+)\.ts"/g)]
      .map(([, name]) => name)
      .filter((name) => !name?.startsWith("demo"))
      .map((name) => `${file}: ${name}`),
  );
  assert.deepEqual(imported, [
    "config/alerts/catalogue.ts: catalogue",
    "config/alerts/held.ts: catalogue",
    "config/alerts/objective-rules.ts: objectives",
    "config/alerts/objectives.ts: objectives",
    "config/alerts/own-rules/own-rules.ts: metrics",
    "config/alerts/recording.ts: recording",
    "config/alerts/render.ts: audio",
    "config/alerts/render.ts: business",
    "config/products/collector/file-sources.ts: log-formats",
    "config/products/collector/log-files.ts: log-formats",
    "config/products/collector/loggers.ts: log-formats",
    "config/settings/application-checks.ts: metrics",
    "config/settings/objective-checks.ts: objectives",
    "config/settings/sections/exporters.ts: metrics",
    "config/settings/sections/logs.ts: log-formats",
    "dashboards/index.ts: application-performance",
    "dashboards/index.ts: business-metrics",
    "dashboards/objectives.ts: objectives",
  ]);
});
