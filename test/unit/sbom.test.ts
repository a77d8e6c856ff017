import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { images, isBuiltLocally } from "../../config/products/images.ts";
import { run } from "../../scripts/lib/run-command.ts";

const root = resolve(import.meta.dirname, "..", "..");

interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly { readonly "bom-ref": string; readonly type: string; readonly purl: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

test("the SBOM lists the runtime packages and every image, each with a package URL", async () => {
  // As release.yml calls it: without the lines that npm adds.
  const bom = JSON.parse(await run("npm", ["run", "--silent", "sbom"], { cwd: root })) as Bom;
  const { version, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const { name, version: released } = bom.metadata.component;
  assert.deepEqual([bom.bomFormat, name, released], ["CycloneDX", "white-room-monitoring", version]);

  const urls = new Set(bom.components.map(({ purl }) => purl));
  const packageUrl = ([name, version]: [string, string]) => `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  for (const dependency of Object.entries(dependencies)) assert.ok(urls.has(packageUrl(dependency)), dependency[0]);
  assert.ok(!urls.has(packageUrl(["@biomejs/biome", devDependencies["@biomejs/biome"] ?? ""])));

  const listed = bom.components.filter(({ type }) => type === "container").map(({ purl }) => purl);
  const used = Object.values(images).filter(({ repository }) => !isBuiltLocally(repository));
  assert.equal(listed.length, used.length);
  assert.ok(
    listed.includes("pkg:oci/grafana?repository_url=docker.io%2Fgrafana%2Fgrafana&tag=13.2.3"),
    listed.join("\n"),
  );

  // CycloneDX wants each reference once, and dependencies only on known ones.
  const references = bom.components.map((component) => component["bom-ref"]);
  assert.equal(new Set(references).size, references.length);
  const known = new Set([...references, `white-room-monitoring@${version}`]);
  assert.deepEqual(
    bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((reference) => !known.has(reference)),
    [],
  );
});
