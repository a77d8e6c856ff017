import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Log, step } from "../lib/step.ts";
import { link } from "./built-programs.ts";
import { cacheFolder, shortHash, withScratchFolder } from "./cache.ts";
import { suite, UnstableSuite } from "./debian.ts";

/** Programs that only tests use, by Debian package. From the unstable suite, because the stable versions are too old. */
const packages = { caddy: "usr/bin/caddy" } as const;

export type PackagedProgram = keyof typeof packages;

/** Downloads missing programs and links each as `<cache>/bin/<name>`. Their dependencies must be installed. */
export async function ensurePackaged(
  names: readonly PackagedProgram[],
  { cacheDir = cacheFolder(), log }: { readonly cacheDir?: string; readonly log: Log },
): Promise<void> {
  for (const name of names) {
    const path = join(cacheDir, "programs", `${name}-${shortHash(suite, name)}`, name);
    if (!existsSync(path)) await step(log, `Downloading ${name}`, () => unpack(name, path, cacheDir));
    await link(path, cacheDir);
  }
}

async function unpack(name: PackagedProgram, path: string, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (scratch) => {
    const debian = await UnstableSuite.open(join(scratch, "apt"));
    await debian.unpack([name], join(scratch, "root"));
    await mkdir(dirname(path), { recursive: true });
    await rename(join(scratch, "root", packages[name]), path);
  });
}
