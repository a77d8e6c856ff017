import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "../lib/run-command.ts";
import { ensureGo } from "./go-toolchain.ts";

/** A Go program built from a published module. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
  /** Import path of the main package; "." for `source`. */
  readonly package: string;
  /** Directory with our own main package. */
  readonly source?: string;
  /** Additional modules: path → version. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Module version whose go.mod selects the dependencies; default: `version`. */
  readonly dependenciesOf?: string;
  /** Published version of the local directories that the module's go.mod replaces dependencies with. */
  readonly folderVersion?: string;
  /** Adds generated files that the published module lacks. */
  readonly completion?: Completion;
  readonly tags?: readonly string[];
  /** Values for the linker's `-X`: variable → value. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Completes a writable copy of a module. `name` is part of the cache key: change it whenever the result changes. */
export interface Completion {
  readonly name: string;
  complete(moduleFolder: string): Promise<void>;
}

/** Reports build progress. After the last package, the program itself, only the linker runs. */
export type OnPackage = (compiled: number, total: number) => void;

interface Replacement {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
}

const flags = (program: GoProgram) => [
  "-mod=mod",
  "-trimpath",
  // The cache may be inside an unrelated repository.
  "-buildvcs=false",
  `-tags=${(program.tags ?? []).join(",")}`,
  // Debug information takes a tenth of the compile time.
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
   * Downloads dependencies and completes the module. The programs may differ only in their package. The signal aborts the
   * download and a later build.
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
   * Builds each program and moves it to its target when complete. After an interrupt, the next build resumes from Go's
   * build cache.
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

  /** Number of packages missing from the build cache. */
  private async outdatedPackages(program: GoProgram): Promise<number> {
    const reasons = await this.go(["list", "-deps", "-f={{.StaleReason}}", ...flags(program), ...this.packages()]);
    return reasons.split("\n").filter((reason) => reason !== "" && !reason.includes("available in build cache")).length;
  }

  /**
   * Go ignores `replace` and `exclude` directives of dependencies, but several of these modules do not build without
   * theirs. So the build uses a renamed copy of the module's go.mod, which also pins the versions upstream tested.
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
      // Module proxies do not serve local directories; use the published version.
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

/** Copies a module. Files and directories in the module cache are read-only. */
async function copyWritable(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [to, ...paths]) await chmod(path, 0o755);
}
