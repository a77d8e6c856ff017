import { spawn } from "node:child_process";
import { imageFacts } from "../../config/products/image-facts.ts";
import type { ImageFacts } from "../../config/products/images.ts";
import { lastLines, run, tryRun } from "../lib/run-command.ts";
import { failedFacts, type ImageFiles, passwordFile } from "./failed-facts.ts";
import type { NeededImage } from "./needed.ts";
import { parseReference } from "./reference.ts";
import { listTar } from "./tar.ts";

/** Result of probing one image. */
export interface Probed {
  readonly image: NeededImage;
  /** One message per failed fact. */
  readonly failures: readonly string[];
  /** Version printed by the program; undefined if it did not run. */
  readonly version?: string;
  /** Informational; not a failure. */
  readonly note?: string;
}

/** Milliseconds to print the version. Grafana takes several seconds on a slow machine. */
const versionTimeout = 60_000;

/**
 * Checks the facts of local images. Runs one container to print the version, and reads the files of another that is never
 * started. Does not pull images or use the network.
 */
export class Prober {
  /** By image ID: sandbox images have several names. */
  private readonly files = new Map<string, Promise<ImageFiles>>();

  async probe(image: NeededImage): Promise<Probed> {
    const facts: ImageFacts = imageFacts[image.name];
    const { code, stdout } = await tryRun("docker", ["image", "inspect", image.reference]);
    if (code !== 0) return { image, failures: [`not pulled yet: docker pull ${image.reference}`] };
    const [{ Id: id, Config: config }] = JSON.parse(stdout) as [{ Id: string; Config: { Env: string[] | null } }];
    const known = this.files.get(id) ?? readFiles(image.reference, config.Env ?? []);
    this.files.set(id, known);
    const failures = failedFacts(facts, await known);
    if (failures.includes(`${facts.version[0]} is missing`)) return { image, failures };
    const ran = await runForVersion(image.reference, facts);
    if (ran.code !== 0) {
      const outcome = ran.timedOut ? "timed out" : `failed with exit code ${ran.code}`;
      return { image, failures: [...failures, `${facts.version.join(" ")} ${outcome}: ${lastLines(ran.output, 3)}`] };
    }
    const version = firstLine(ran.output);
    return { image, failures, version, ...versionNote(ran.output, parseReference(image.reference).tag) };
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

/** Lists the files of an image. Images without a command need an entrypoint to create a container. */
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

/** PATH of the image, else Docker's default. */
function pathOf(environment: readonly string[]): string[] {
  const path = environment.find((variable) => variable.startsWith("PATH="))?.slice("PATH=".length);
  return (path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":");
}

/** A note if the output does not contain the version in the tag. */
function versionNote(output: string, tag: string): { note?: string } {
  const expected = /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1];
  if (expected === undefined || new RegExp(`(?<![\\d.])${expected.replaceAll(".", "\\.")}(?!\\d)`).test(output))
    return {};
  return { note: `expected ${expected} from the tag` };
}

function firstLine(output: string): string {
  return output.trim().split("\n")[0]?.trim() ?? "";
}
