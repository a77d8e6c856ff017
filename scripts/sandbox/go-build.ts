import { chmod, cp, mkdir, readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withScratchFolder } from "./cache.ts";
import { ensureGo } from "./go-toolchain.ts";
import { run } from "./run-command.ts";

/** One Go program, built from a module that the module proxy serves. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
  /** Import path of the main package; "." is `source`. */
  readonly package: string;
  /** A folder of Go files of our own that become the main package. */
  readonly source?: string;
  /** Modules needed beside the first: path → version. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Version under which the folders beside the module, which its own go.mod builds with, are published. */
  readonly folderVersion?: string;
  /** Adds what the module's authors generate and do not publish. */
  readonly completion?: Completion;
  readonly tags?: readonly string[];
  /** Values for the linker's `-X`: variable → value. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Needs a C compiler, and its flags; without it the program is static. */
  readonly cFlags?: string;
}

/** Works on a writable copy of the module. The name stands for what it does: a change of that is a change of the name. */
export interface Completion {
  readonly name: string;
  complete(moduleFolder: string): Promise<void>;
}

interface Replacement {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
}

/** Builds one program into `target`, which appears only when it is whole. */
export async function buildFromModule(program: GoProgram, target: string, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (folder) => {
    const go = await goIn(folder, program, cacheDir);
    await prepareModule(program, folder, go);
    const output = join(folder, "built", basename(target));
    const variables = Object.entries(program.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    await go([
      "build",
      "-mod=mod",
      "-trimpath",
      // The cache may lie inside somebody's repository, whose state is not this program's.
      "-buildvcs=false",
      `-tags=${(program.tags ?? []).join(",")}`,
      `-ldflags=${["-s -w", ...variables].join(" ")}`,
      `-o=${output}`,
      program.package,
    ]);
    await mkdir(dirname(target), { recursive: true });
    await rename(output, target);
  });
}

/** Downloads what the program's packages need, so that its build does not wait for the network. */
export async function downloadModules(program: GoProgram, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (folder) => {
    const go = await goIn(folder, program, cacheDir);
    await prepareModule(program, folder, go);
    await go(["list", "-mod=mod", "-deps", `-tags=${(program.tags ?? []).join(",")}`, program.package]);
  });
}

type Go = (args: readonly string[]) => Promise<string>;

async function goIn(folder: string, program: GoProgram, cacheDir: string): Promise<Go> {
  const command = await ensureGo(cacheDir);
  const cgo = program.cFlags === undefined ? { CGO_ENABLED: "0" } : { CGO_ENABLED: "1", CGO_CFLAGS: program.cFlags };
  return (args) => run(command, args, { cwd: folder, env: { GOWORK: "off", ...cgo } });
}

/**
 * Go ignores the `replace` and `exclude` lines of a dependency, and several of these modules do not build without their
 * own. So the build's go.mod is the module's own one under another name, which also keeps every version as its authors
 * tested it.
 */
async function prepareModule(program: GoProgram, folder: string, go: Go): Promise<void> {
  const reference = `${program.module}@${program.version}`;
  const found = JSON.parse(await go(["mod", "download", "-json", reference])) as { GoMod: string; Dir: string };
  await cp(found.GoMod, join(folder, "go.mod"));
  await cp(join(found.Dir, "go.sum"), join(folder, "go.sum"));
  await Promise.all(["go.mod", "go.sum"].map((name) => chmod(join(folder, name), 0o644)));

  const edits = ["-module=white-room.invalid/build", `-require=${reference}`];
  for (const [path, version] of Object.entries(program.requires ?? {})) edits.push(`-require=${path}@${version}`);
  const { Replace } = JSON.parse(await go(["mod", "edit", "-json"])) as { Replace: Replacement[] | null };
  for (const { Old, New } of Replace ?? []) {
    if (New.Version !== undefined) continue;
    // A folder beside the module is not part of what the proxy serves; its published version takes its place.
    const old = `${Old.Path}${Old.Version ? `@${Old.Version}` : ""}`;
    edits.push(program.folderVersion ? `-replace=${old}=${Old.Path}@${program.folderVersion}` : `-dropreplace=${old}`);
  }
  if (program.completion !== undefined) {
    await copyWritable(found.Dir, join(folder, "module"));
    await program.completion.complete(join(folder, "module"));
    edits.push(`-replace=${program.module}=./module`);
  }
  await go(["mod", "edit", ...edits]);
  if (program.source !== undefined) await cp(program.source, folder, { recursive: true });
}

/** The module cache is read-only, folders too, and so is a plain copy of it. */
async function copyWritable(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [to, ...paths]) await chmod(path, 0o755);
}
