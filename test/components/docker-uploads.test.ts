import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { uploads, withoutTitle } from "../../components/platform/docker-uploads.ts";
import type { FileSet } from "../../components/platform/workload.ts";

function setOf(files: Record<string, pulumi.Input<string>>, secret = false): FileSet {
  return {
    name: "config",
    directory: "/etc/program",
    files: Object.entries(files).map(([path, content]) => ({ path, content })),
    secret,
    reload: { kind: "watches" },
  };
}

function written(set: FileSet, titled: boolean) {
  return new Promise<{ file: string; content: string }[]>((resolve) => {
    uploads(set, { directory: "/files", titled }).apply((files) =>
      resolve(files as { file: string; content: string }[]),
    );
  });
}

async function order(set: FileSet, titled: boolean): Promise<string[]> {
  return (await written(set, titled)).map(({ file }) => file);
}

test("every field of an upload is set, including the provider's defaults", async () => {
  assert.deepEqual(await written(setOf({ "a.yml": "a: 1\n" }), false), [
    {
      content: "a: 1\n",
      contentBase64: "",
      executable: false,
      file: "/files/a.yml",
      permissions: "0444",
      source: "",
      sourceHash: "",
    },
  ]);
});

test("files are sorted by their quoted content, as the provider stores them", async () => {
  // A line break is quoted as \n, which comes after "Z" and before "a"; byte by byte it would come before both.
  const files = { "break.txt": "x\n", "lower.txt": "xa", "quote.txt": 'x"', "upper.txt": "xZ", "umlaut.txt": "xä" };
  assert.deepEqual(await order(setOf(files), false), [
    "/files/upper.txt",
    "/files/quote.txt",
    "/files/break.txt",
    "/files/lower.txt",
    "/files/umlaut.txt",
  ]);
});

test("titled files keep their order when their content changes", async () => {
  const paths = ["/files/prometheus.yml", "/files/rules/audio.yml", "/files/rules/database.yml"];
  for (const [audio, database] of [
    ["a", "z"],
    ["z", "a"],
  ] as const) {
    const files = { "rules/database.yml": database, "prometheus.yml": "m", "rules/audio.yml": audio };
    assert.deepEqual(await order(setOf(files), true), paths);
  }
});

test("a title is the first line of its file, and removing it restores the file", async () => {
  const [file] = await written(setOf({ "rules/audio.yml": "groups: []\n" }), true);
  assert.equal(file?.content, "==> rules/audio.yml <==\ngroups: []\n");
  assert.equal(withoutTitle(file?.content ?? ""), "groups: []\n");
  assert.equal(withoutTitle("groups: []\n"), "groups: []\n");
});

test("the files of a secret set are a secret", async () => {
  const files = (secret: boolean) =>
    uploads(setOf({ token: pulumi.output("t") }, secret), { directory: "/", titled: false });
  assert.equal(await pulumi.isSecret(files(true)), true);
  assert.equal(await pulumi.isSecret(files(false)), false);
});
