import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..", "..");

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Folders with dependencies, and the minimum number of packages in their lock files. */
const folders = [
  { folder: ".", least: 300, exact: true },
  { folder: "viewer", least: 100, exact: false },
  { folder: "scripts/start/node", least: 4, exact: true },
  { folder: "scripts/offline/node", least: 2, exact: true },
];

for (const { folder, least, exact } of folders) {
  const { packages } = JSON.parse(readFileSync(join(root, folder, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Package>>;
  };
  const installed = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);

  test(`${folder}/package-lock.json has the checksum of every package`, () => {
    assert.ok(installed.length >= least, `${installed.length} packages`);
    const without = installed.filter(([, { integrity = "" }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
    assert.deepEqual(
      without.map(([path]) => path),
      [],
    );
  });

  test(`${folder}/package-lock.json installs packages of the registry only`, () => {
    const elsewhere = installed.filter(([, { resolved = "https://registry.npmjs.org/" }]) => {
      return !resolved.startsWith("https://registry.npmjs.org/");
    });
    assert.deepEqual(elsewhere, []);
  });

  if (!exact) continue;
  test(`${folder}/package.json asks for exact versions, those of its lock file`, () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(root, folder, "package.json"), "utf8"),
    ) as Package;
    const direct = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    assert.ok(direct.length > 0);
    for (const [name, version] of direct) assert.equal(packages[`node_modules/${name}`]?.version, version, name);
  });
}
