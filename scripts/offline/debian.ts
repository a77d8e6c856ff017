import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { findProgram } from "../lib/find-program.ts";
import { run, tryRun } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";

/** The sandbox needs newer packages than Debian stable has. */
export const suite = "unstable";

export const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Debian mirror from this machine's apt config; undefined if there is none, for example on Ubuntu. */
export async function debianMirror(): Promise<string | undefined> {
  const format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
  const { stdout } = await tryRun("apt-get", ["indextargets", "--format", format, "Identifier: Packages"]);
  const line = stdout.split("\n").find((target) => target.startsWith("Debian|Debian|"));
  return line?.split("|")[2]?.replace(/\/$/, "");
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Command for users to install packages themselves. */
export function installCommand(packages: readonly string[]): string {
  return `sudo apt-get install --no-install-recommends ${packages.join(" ")}`;
}

/**
 * Installs packages of this machine's release. Throws with the command to run if it is not root or installing is
 * forbidden. `purpose` is the product's name in messages.
 */
export async function installPackages(packages: readonly string[], purpose: string, log: Log): Promise<void> {
  if (findProgram("apt-get") === undefined) {
    throw new Error(
      `${purpose} is missing. Automatic installation needs Debian or Ubuntu: install ${purpose} and try again.`,
    );
  }
  if (!isRoot() || process.env.WHITE_ROOM_NO_INSTALL) {
    throw new Error(`${purpose} is missing. Install it and try again:\n  ${installCommand(packages)}`);
  }
  log(`As root: installing the Debian packages ${packages.join(", ")}.`);
  log("To forbid this: ./start.sh --no-install, or WHITE_ROOM_NO_INSTALL=1.");
  if (!(await confirmed()))
    throw new Error(`Nothing was installed. Install ${purpose} yourself and try again:\n  ${installCommand(packages)}`);
  await step(log, `Installing ${packages.join(", ")}`, async () => {
    const wait = ["-o", "DPkg::Lock::Timeout=600"];
    await run("apt-get", [...wait, "update"]);
    await run("apt-get", [...wait, "install", "--yes", "--no-install-recommends", ...packages], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  });
}

/** Asks for confirmation on a terminal. Without one, as in CI, only `--no-install` prevents the installation. */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY || process.env.WHITE_ROOM_YES) return true;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y/i.test(await reader.question("Install them? [y/N] "));
  } finally {
    reader.close();
  }
}

/** apt with this machine's mirror and proxy, but with the unstable suite and separate package lists. */
export class UnstableSuite {
  readonly #folder: string;
  readonly #options: readonly string[];

  private constructor(folder: string) {
    this.#folder = folder;
    this.#options = [
      `Dir::Etc::SourceList=${join(folder, "sources.list")}`,
      "Dir::Etc::SourceParts=/dev/null",
      "Dir::Etc::Preferences=/dev/null",
      "Dir::Etc::PreferencesParts=/dev/null",
      `Dir::State::Lists=${join(folder, "lists")}`,
      `Dir::Cache=${join(folder, "cache")}`,
      "APT::Sandbox::User=root",
      "Acquire::Languages=none",
    ].flatMap((option) => ["-o", option]);
  }

  /** Downloads the suite's package lists into `folder`. */
  static async open(folder: string): Promise<UnstableSuite> {
    const mirror = await debianMirror();
    if (mirror === undefined || !existsSync(keyring)) {
      throw new Error(`The sandbox needs packages from Debian ${suite}, but apt on this machine has no Debian mirror.`);
    }
    await mkdir(join(folder, "lists", "partial"), { recursive: true });
    await mkdir(join(folder, "cache", "archives", "partial"), { recursive: true });
    await writeFile(join(folder, "sources.list"), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    const opened = new UnstableSuite(folder);
    await run("apt-get", [...opened.#options, "update"]);
    return opened;
  }

  /** Names of the direct dependencies of a package. */
  async dependencies(name: string): Promise<string[]> {
    const text = await run("apt-cache", [...this.#options, "depends", name]);
    return [...text.matchAll(/^\s+\|?Depends: (\S+)$/gm)].map((match) => match[1] ?? "");
  }

  /** Unpacks packages into `target`, without dependencies and maintainer scripts. */
  async unpack(packages: readonly string[], target: string): Promise<void> {
    const folder = join(this.#folder, "packages");
    await mkdir(folder, { recursive: true });
    await run("apt-get", [...this.#options, "download", ...packages], { cwd: folder });
    for (const file of await readdir(folder)) await run("dpkg-deb", ["-x", join(folder, file), target]);
  }
}
