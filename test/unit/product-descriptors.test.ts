import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { products } from "../../config/products/all.ts";
import { kubeStateMetrics } from "../../config/products/kube-state-metrics/product.ts";
import type { Program } from "../../config/products/product.ts";
import { fixedSecrets, targetSecrets } from "../../config/settings/secrets.ts";
import { demoPrograms } from "../../config/white-room/demo-programs.ts";

const root = join(import.meta.dirname, "../..");
const programs: readonly Program[] = [...products, kubeStateMetrics, ...Object.values(demoPrograms)];
const secretSets = programs.flatMap(({ workload, secretFiles = {} }) =>
  Object.values(secretFiles).map((set) => ({ workload, ...set })),
);

const descriptors = [
  /^config\/products\/[\w-]+\/product\.ts$/,
  /^config\/products\/server-exporters\.ts$/,
  /^config\/white-room\/demo-programs\.ts$/,
];

/** Lines of the program outside `allowed` that match, without comments. */
function linesWith(pattern: RegExp, allowed: readonly RegExp[]): string[] {
  return globSync(["components/**/*.ts", "config/**/*.ts", "dashboards/**/*.ts", "index.ts"], { cwd: root })
    .filter((file) => !allowed.some((each) => each.test(file)))
    .flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .flatMap((line, index) =>
          pattern.test(line.replace(/\/\/.*|\/?\*\*.*/, "")) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
}

const anyOf = (texts: readonly string[]) =>
  [...new Set(texts)].map((text) => text.replaceAll(/[/.-]/g, "[$&]")).join("|");

test("a product's port is written in its descriptor only", () => {
  const ports = [...new Set(products.map(({ port }) => port))];
  const literal = new RegExp(
    `(?<![\\w.])(?:${ports.map((port) => String(port).replace(/(?=\d{3}$)/, "_?")).join("|")})(?![\\w.])`,
  );
  // The demo's services happen to have some of the same ports.
  assert.deepEqual(linesWith(literal, [...descriptors, /^config\/white-room\/demo\.ts$/]), []);
});

test("a user, a health check and a directory of secrets are written in a descriptor only", () => {
  // A platform's own containers, images that run in the pods of others, and what the collectors share.
  const platform = /^components\/platform\//;
  const other = [platform, /^config\/products\/(?:image-facts|collector\/collector)\.ts$/];
  const users = anyOf(programs.map(({ user }) => user));
  const literal = new RegExp(`["'\`](?:${users})["'\`]|\\buser: ["'\`]\\d`);
  assert.deepEqual(linesWith(literal, [...descriptors, ...other]), []);

  const routes = /^config\/white-room\/routes\.ts$/;
  const paths = programs.map(({ probe }) => probe.path).filter((path) => path !== "/");
  assert.deepEqual(linesWith(new RegExp(`(?:${anyOf(paths)})["'\`]`), [...descriptors, platform, routes]), []);
  assert.deepEqual(linesWith(new RegExp(anyOf(secretSets.map(({ directory }) => directory))), descriptors), []);
});

test("every secret is listed by the one product that reads it", () => {
  const demo: readonly string[] = Object.values(demoPrograms).map(({ workload }) => workload);
  const ofProducts = secretSets.filter(({ workload }) => !demo.includes(workload));
  // Several parts of Thanos read the keys of its bucket.
  const [ofThanos, others] = [true, false].map((isThanos) =>
    ofProducts.filter(({ workload }) => workload.startsWith("thanos-") === isThanos).flatMap(({ keys }) => keys),
  );
  const listed: string[] = [...new Set(ofThanos), ...(others ?? [])];
  // The key of the shared certificate is in a separate secret set of each part with `readsTls`.
  const own = Object.keys(fixedSecrets).filter((key) => key !== "internalTlsKey");
  // Promtail, Alloy and the events collector all list these.
  const ofCollector = Object.keys(targetSecrets).filter((key) => key.startsWith("logsRemote"));
  const collectors = [...ofCollector, ...ofCollector];
  // Grafana checks the first, and Prometheus sends it; both Alertmanager and Grafana send e-mail.
  const shared = ["grafanaMetricsPassword", "smtpPassword"];
  assert.deepEqual(listed.toSorted(), [...own, ...Object.keys(targetSecrets), ...collectors, ...shared].sort());
});
