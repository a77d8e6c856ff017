import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { imageReference, images } from "../../config/products/images.ts";
import { withDigests } from "../../scripts/images/pin.ts";
import { parseReference } from "../../scripts/images/reference.ts";
import { newerTag } from "../../scripts/images/versions.ts";

const source = `export const images = {
  loki: { repository: "docker.io/grafana/loki", tag: "3.7.8" },
  // Keep 17.
  postgres: { repository: "docker.io/library/postgres", tag: "17-alpine" },
} as const;
`;
const a = `sha256:${"a".repeat(64)}`;
const b = `sha256:${"b".repeat(64)}`;

test("adds a digest in the formatter's style and leaves the rest unchanged", () => {
  assert.equal(
    withDigests(source, new Map([["loki", a]])),
    source.replace(
      '  loki: { repository: "docker.io/grafana/loki", tag: "3.7.8" },',
      `  loki: {\n    repository: "docker.io/grafana/loki",\n    tag: "3.7.8",\n    digest: "${a}",\n  },`,
    ),
  );
});

test("replaces an existing digest, and is idempotent", () => {
  const once = withDigests(
    source,
    new Map([
      ["loki", a],
      ["postgres", a],
    ]),
  );
  const twice = withDigests(once, new Map([["loki", b]]));
  assert.equal(twice, once.replace(a, b));
  assert.equal(withDigests(twice, new Map([["loki", b]])), twice);
});

test("throws for an image that is not in the file", () => {
  assert.throws(() => withDigests(source, new Map([["grafana", a]])), /no entry of the form "grafana: \{/);
});

test("every entry of config/products/images.ts can be pinned", () => {
  const file = readFileSync(new URL("../../config/products/images.ts", import.meta.url), "utf8");
  const pinned = withDigests(file, new Map(Object.keys(images).map((name) => [name, a])));
  assert.equal(pinned.split(a).length - 1, Object.keys(images).length);
});

test("finds newer tags of the same form only", () => {
  const tags = ["latest", "v3.9.0", "v3.16.0", "v3.16.1-rc.0", "v3.100.2", "3.200.0", "v4.0"];
  assert.equal(newerTag("v3.16.0", tags), "v3.100.2");
  assert.equal(newerTag("v3.100.2", tags), undefined);
  assert.equal(newerTag("17-alpine", ["17-alpine", "18-alpine", "19-bookworm", "18-alpine3.23"]), "18-alpine");
});

test("parses registry, path, tag and digest of a reference", () => {
  assert.deepEqual(parseReference(`localhost:5000/a/b:1.2@${a}`), {
    registry: "localhost:5000",
    path: "a/b",
    tag: "1.2",
    digest: a,
  });
  assert.throws(() => parseReference("loki"), /loki does not have the form registry\/path:tag/);
});

test("keeps a pinned digest for mirrors, but not for locally built images", (context) => {
  const known = images.loki as { digest?: string };
  known.digest = a;
  context.after(() => {
    delete known.digest;
  });
  const { tag } = images.loki;
  assert.equal(imageReference("loki"), `docker.io/grafana/loki:${tag}@${a}`);
  assert.equal(imageReference("loki", {}, "registry.internal"), `registry.internal/grafana/loki:${tag}@${a}`);
  assert.equal(imageReference("loki", {}, "white-room.invalid"), `white-room.invalid/grafana/loki:${tag}`);
  assert.equal(imageReference("loki", { tag: "3.8.0" }), "docker.io/grafana/loki:3.8.0");
});
