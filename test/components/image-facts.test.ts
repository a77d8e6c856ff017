import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { imageFacts } from "../../config/products/image-facts.ts";
import type { ImageFacts } from "../../config/products/images.ts";
import { type ImageName, imageReference, images, isBuiltLocally } from "../../config/products/images.ts";
import { usedInImages } from "./used-in-images.ts";

const used = await usedInImages();
const facts = Object.entries(imageFacts) as [ImageName, ImageFacts][];

test("every image is used by a stack and has facts", () => {
  assert.deepEqual([...used.keys()].sort(), Object.keys(images).sort());
});

test("each image runs as the user in its facts", () => {
  for (const [name, { user, alsoRoot }] of facts) {
    const users = alsoRoot ? ["0:0", user] : [user];
    // A sidecar runs as the user of its pod.
    if (name !== "configReloader") assert.deepEqual([...(used.get(name)?.users ?? [])].sort(), users, name);
  }
});

test("the facts list exactly the programs that workloads, probes, gates and sidecars call", () => {
  for (const [name, { programs }] of facts) {
    const called = [...(used.get(name)?.programs ?? [])];
    assert.deepEqual(called.sort(), [...new Set(programs.flat())].sort(), name);
  }
});

/** Directories in the facts that no named volume covers. */
const implicit: Partial<Record<ImageName, readonly string[]>> = { postgres: ["/var/run/postgresql"] };

test("a data volume is mounted over a directory in the facts", () => {
  for (const [name, { writable = [], absent = [] }] of facts) {
    const volumes = [...(used.get(name)?.volumes ?? []), ...(implicit[name] ?? [])];
    assert.deepEqual([...writable, ...absent].sort(), volumes.sort(), name);
  }
});

test("the version comes from a listed program, and the source is a public file at a tag or a commit", () => {
  for (const [name, { version, programs, source }] of facts) {
    assert.ok(programs.flat().includes(version[0]), name);
    if (isBuiltLocally(imageReference(name))) assert.ok(existsSync(source), source);
    else
      assert.match(
        source,
        name === "grafana"
          ? /\/blob\/main\//
          : /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/blob\/(?:v[\d.]+|[0-9a-f]{40})\/./,
      );
  }
});
