import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "../lib/run-command.ts";
import { ensureGo } from "./go-toolchain.ts";

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
  /** The version of the module whose go.mod selects the dependencies; default: `version`. */
  readonly dependenciesOf?: string;
  /** Version under which the folders beside the module, which its own go.mod builds with, are published. */
  readonly folderVersion?: string;
  /** Adds what the module's authors generate and do not publish. */
  readonly completion?: Completion;
  readonly tags?: readonly string[];
  /** Values for the linker's `-X`: variable → value. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Works on a writable copy of the module. The name stands for what it does: a change of that is a change of the name. */
export interface Completion {
  readonly name: string;
  complete(moduleFolder: string): Promise<void>;
}

/** How far a build is. The last package is the program itself: after it only the linker runs. */
export type OnPackage = (compiled: number, total: number) => void;

interface Replacement {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
}

const flags = (program: GoProgram) => [
  "-mod=mod",
  "-trimpath",
  // The cache may lie inside somebody's repository, whose state is not this program's.
  "-buildvcs=false",
  `-tags=${(program.tags ?? []).join(",")}`,
  // Nobody debugs these programs, and a tenth of the compiler's time goes into the tables for it.
  "-gcflags=all=-dwarf=false",
];

/** Programs of one module, compiled together in a scratch folder. */
export class ModuleBuild {
  private readonly programs: readonly GoProgram[];
  private readonly folder: string;
  private readonly go: (args: readonly string[], onErrorLine?: (line: string) => void) => Promise<string>;

  private constructor(programs: readonly GoProgram[], folder: string, command: string, signal?: AbortSignal) {
    this.programs = programs;
    this.folder = folder;
    this.go = (args, onErrorLine) =>
      run(command, args, {
        cwd: folder,
        env: { GOWORK: "off", CGO_ENABLED: "0" },
        ...(signal && { signal }),
        ...(onErrorLine && { onErrorLine }),
      });
  }

  /**
   * Downloads what the programs need and completes their module. They may differ in their package alone. The signal ends
   * the download, and a later build.
   */
  static async prepare(
    programs: readonly [GoProgram, ...GoProgram[]],
    cacheDir: string,
    signal?: AbortSignal,
  ): Promise<ModuleBuild> {
    signal?.throwIfAborted();
    await mkdir(cacheDir, { recursive: true });
    const folder = await mkdtemp(join(cacheDir, `scratch-${process.pid}-`));
    const build = new ModuleBuild(programs, folder, await ensureGo(cacheDir), signal);
    try {
      await build.prepareModule(programs[0]);
      await build.go(["list", "-deps", ...flags(programs[0]), ...build.packages()]);
    } catch (error) {
      await build.dispose();
      throw error;
    }
    return build;
  }

  /**
   * Builds each program into its target, which appears only when it is whole. What was compiled before an interrupt is
   * in Go's build cache, so that the next build continues there.
   */
  async build(targets: readonly string[], onPackage: OnPackage): Promise<void> {
    const [program] = this.programs;
    if (program === undefined) return;
    const total = await this.outdatedPackages(program);
    const variables = Object.entries(program.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    const output = join(this.folder, "built");
    await mkdir(output);
    let compiled = 0;
    await this.go(
      [
        "build",
        "-v",
        ...flags(program),
        `-ldflags=${["-s -w", ...variables].join(" ")}`,
        `-o=${output}/`,
        ...this.packages(),
      ],
      (line) => {
        if (/^[\w.-]+(?:\/[\w.@~+-]+)*$/.test(line)) onPackage(Math.min(++compiled, total), total);
      },
    );
    const built = this.programs.map(({ package: path }) => (path === "." ? "build" : basename(path)));
    for (const [index, target] of targets.entries()) {
      await mkdir(dirname(target), { recursive: true });
      await rename(join(output, built[index] ?? ""), target);
    }
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private packages(): string[] {
    return this.programs.map(({ package: path }) => path);
  }

  /** How many packages the build cache lacks. */
  private async outdatedPackages(program: GoProgram): Promise<number> {
    const reasons = await this.go(["list", "-deps", "-f={{.StaleReason}}", ...flags(program), ...this.packages()]);
    return reasons.split("\n").filter((reason) => reason !== "" && !reason.includes("available in build cache")).length;
  }

  /**
   * Go ignores the `replace` and `exclude` lines of a dependency, and several of these modules do not build without
   * their own. So the build's go.mod is the module's own one under another name, which also keeps every version as its
   * authors tested it.
   */
  private async prepareModule(program: GoProgram): Promise<void> {
    const reference = `${program.module}@${program.version}`;
    const found = await this.download(reference);
    const dependencies =
      program.dependenciesOf === undefined ? found : await this.download(`${program.module}@${program.dependenciesOf}`);
    for (const [from, name] of [
      [dependencies.GoMod, "go.mod"],
      [join(dependencies.Dir, "go.sum"), "go.sum"],
    ] as const) {
      await cp(from, join(this.folder, name));
      await chmod(join(this.folder, name), 0o644);
    }

    const edits = ["-module=white-room.invalid/build", `-require=${reference}`];
    for (const [path, version] of Object.entries(program.requires ?? {})) edits.push(`-require=${path}@${version}`);
    const { Replace } = JSON.parse(await this.go(["mod", "edit", "-json"])) as { Replace: Replacement[] | null };
    for (const { Old, New } of Replace ?? []) {
      if (New.Version !== undefined) continue;
      // A folder beside the module is not part of what the proxy serves; its published version takes its place.
      const old = `${Old.Path}${Old.Version ? `@${Old.Version}` : ""}`;
      edits.push(
        program.folderVersion ? `-replace=${old}=${Old.Path}@${program.folderVersion}` : `-dropreplace=${old}`,
      );
    }
    if (program.completion !== undefined) {
      await copyWritable(found.Dir, join(this.folder, "module"));
      await program.completion.complete(join(this.folder, "module"));
      edits.push(`-replace=${program.module}=./module`);
    }
    await this.go(["mod", "edit", ...edits]);
    if (program.source !== undefined) await cp(program.source, this.folder, { recursive: true });
  }

  private async download(reference: string): Promise<{ readonly GoMod: string; readonly Dir: string }> {
    return JSON.parse(await this.go(["mod", "download", "-json", reference]));
  }
}

/** The module cache is read-only, folders too, and so is a plain copy of it. */
async function copyWritable(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [to, ...paths]) await chmod(path, 0o755);
}
