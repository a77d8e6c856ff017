import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { products } from "../../config/products/all.ts";

const root = join(import.meta.dirname, "../..");

/** Where products are described, and other programs that happen to have the same ports. */
const allowed = [
  /^config\/products\/[\w-]+\/product\.ts$/,
  /^config\/products\/server-exporters\.ts$/,
  /^config\/products\/kube-state-metrics\//,
  /^config\/white-room\/demo\.ts$/,
];

test("a product's port is written in its descriptor only", () => {
  const ports = [...new Set(products.map(({ port }) => port))];
  const literal = new RegExp(
    `(?<![\\w.])(?:${ports.map((port) => String(port).replace(/(?=\d{3}$)/, "_?")).join("|")})(?![\\w.])`,
  );
  const found = globSync(["components/**/*.ts", "config/**/*.ts", "dashboards/**/*.ts", "index.ts"], { cwd: root })
    .filter((file) => !allowed.some((pattern) => pattern.test(file)))
    .flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .flatMap((line, index) =>
          literal.test(line.replace(/\/\/.*|\/?\*\*.*/, "")) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
  assert.deepEqual(found, []);
});
