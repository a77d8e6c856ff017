import { spawn } from "node:child_process";
import { type ImageFacts, imageFacts } from "../../config/products/image-facts.ts";
import { lastLines, run, tryRun } from "../lib/run-command.ts";
import { type ImageFiles, passwordFile, wrongFacts } from "./judge.ts";
import type { NeededImage } from "./needed.ts";
import { parseReference } from "./reference.ts";
import { listTar } from "./tar.ts";

/** What a probe found out about one image. */
export interface Probed {
  readonly image: NeededImage;
  /** Facts that do not hold; empty if all do. */
  readonly wrong: readonly string[];
  /** What the program calls its version; undefined where it did not run. */
  readonly version?: string;
  /** Worth knowing, and no failure. */
  readonly note?: string;
}

/** Milliseconds for the version; Grafana loads for seconds on a slow machine. */
const versionTimeout = 60_000;

/**
 * Proves the recorded facts of images on this machine's Docker: one container a program that is run for its version, and
 * one that never starts, whose files are read. Nothing is pulled, and nothing runs with a network.
 */
export class Prober {
  /** By image id: in the sandbox one image has many names. */
  private readonly files = new Map<string, Promise<ImageFiles>>();

  async probe(image: NeededImage): Promise<Probed> {
    const facts: ImageFacts = imageFacts[image.name];
    const { code, stdout } = await tryRun("docker", ["image", "inspect", image.reference]);
    if (code !== 0) return { image, wrong: [`is not on this machine: docker pull ${image.reference}`] };
    const [{ Id: id, Config: config }] = JSON.parse(stdout) as [{ Id: string; Config: { Env: string[] | null } }];
    const known = this.files.get(id) ?? readFiles(image.reference, config.Env ?? []);
    this.files.set(id, known);
    const wrong = wrongFacts(facts, await known);
    if (wrong.includes(`${facts.version[0]} is missing`)) return { image, wrong };
    const ran = await runForVersion(image.reference, facts);
    if (ran.code !== 0) {
      const words = `${facts.version.join(" ")} ended with ${ran.timedOut ? "a timeout" : `exit code ${ran.code}`}`;
      return { image, wrong: [...wrong, `${words}: ${lastLines(ran.output, 3)}`] };
    }
    const version = firstLine(ran.output);
    return { image, wrong, version, ...differs(ran.output, parseReference(image.reference).tag) };
  }
}

function runForVersion(reference: string, { user, version: [program, ...args] }: ImageFacts) {
  const limits = [
    "--network=none",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
  ];
  const options = ["--rm", "--pull=never", ...limits, "--memory=512m", `--user=${user}`, `--entrypoint=${program}`];
  return tryRun("docker", ["run", ...options, reference, ...args], { timeout: versionTimeout });
}

/** Every path of an image with its owner and mode. A scratch image needs a command to be created with. */
async function readFiles(reference: string, environment: readonly string[]): Promise<ImageFiles> {
  const created = await run("docker", ["create", "--pull=never", "--network=none", "--entrypoint=none", reference]);
  const container = created.trim();
  try {
    const child = spawn("docker", ["export", container], { stdio: ["ignore", "pipe", "inherit"] });
    const entries = await listTar(child.stdout, [passwordFile]);
    return { entries, path: pathOf(environment) };
  } finally {
    await tryRun("docker", ["rm", "--force", "--volumes", container]);
  }
}

/** Docker's own default where the image sets none. */
function pathOf(environment: readonly string[]): string[] {
  const path = environment.find((variable) => variable.startsWith("PATH="))?.slice("PATH=".length);
  return (path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":");
}

/** The version that the tag promises, if the program names another one. */
function differs(output: string, tag: string): { note?: string } {
  const promised = /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1];
  if (promised === undefined || new RegExp(`(?<![\\d.])${promised.replaceAll(".", "\\.")}(?!\\d)`).test(output))
    return {};
  return { note: `the tag says ${promised}` };
}

function firstLine(output: string): string {
  return output.trim().split("\n")[0]?.trim() ?? "";
}
