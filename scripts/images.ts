import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imageFacts } from "../config/products/image-facts.ts";
import { type ImageName, isBuiltLocally } from "../config/products/images.ts";
import { isMissing } from "../config/settings/named-file.ts";
import { readStackFile } from "../config/settings/stack-file.ts";
import { loadImages, saveImages } from "./images/archive.ts";
import { checkImages, exitCode, report } from "./images/check.ts";
import { knownImages, type NeededImage, neededImages } from "./images/needed.ts";
import { knownDigests, withDigests } from "./images/pin.ts";
import { Prober } from "./images/probe.ts";
import { parseReference } from "./images/reference.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { deployedStack, knownStacks, root } from "./start/stack-project.ts";

const help = `npm run images -- <command> [options]

  list [--json]       list the images; --json includes the location of their Dockerfiles
  check               query the registries for missing tags, digests and newer versions
  pin                 write the digests from the registries to config/products/images.ts, for all stacks
  probe [--image N]   check what the stack expects inside each image (config/products/image-facts.ts): version, paths, owners and
                      modes. Does not pull images
  save <file>         write the images of a stack to an archive, for machines without a registry
  load <file>         load such an archive and verify that it contains all images of the stack

  --stack NAME        only the images that this stack uses. Without it, list, check and probe cover all images in
                      config/products/images.ts; save and load use ${defaultStackInWords}

Exit codes: 0 success, 1 a tag is missing, no registry is reachable, a check failed or an archive is incomplete,
2 invalid arguments.
`;

const commands = ["list", "check", "pin", "probe", "save", "load"] as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      image: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [name, ...files] = positionals;
  const command = commands.find((known) => known === name);
  if (command === undefined) throw new UsageError(name === undefined ? "missing command" : `unknown command: ${name}`);
  rejectUnused(command, values, files);
  switch (command) {
    case "list":
      return list(await imagesOf(values.stack), values.json);
    case "check":
      return check(await imagesOf(values.stack));
    case "pin":
      return pin();
    case "probe":
      return probe(chosen(await imagesOf(values.stack), values.image));
    case "save":
    case "load": {
      const images = await imagesOf(values.stack ?? defaultStack());
      await (command === "save" ? saveImages : loadImages)(images, files[0] ?? "", log);
      return 0;
    }
    default:
      return command satisfies never;
  }
}

/** Throws for options and files that the command does not accept. */
function rejectUnused(
  command: (typeof commands)[number],
  { stack, image, json }: { readonly stack?: string; readonly image?: string; readonly json: boolean },
  files: readonly string[],
): void {
  const wanted = command === "save" || command === "load" ? 1 : 0;
  if (files.length !== wanted)
    throw new UsageError(wanted === 1 ? `${command} requires one file` : `${command} takes no arguments`);
  if (json && command !== "list") throw new UsageError("--json is only valid with list");
  if (image !== undefined && command !== "probe") throw new UsageError("--image is only valid with probe");
  if (stack !== undefined && command === "pin")
    throw new UsageError("--stack is not valid with pin, which covers all stacks");
}

async function imagesOf(stack: string | undefined): Promise<NeededImage[]> {
  if (stack === undefined) return knownImages();
  const { configFile, command } = deployedStack(stack);
  if (isMissing(configFile))
    throw new UsageError(`Pulumi.${stack}.yaml does not exist; known stacks: ${knownStacks().join(", ")}`);
  return neededImages({ ...readStackFile(stack, configFile), command });
}

function chosen(images: readonly NeededImage[], name: string | undefined): readonly NeededImage[] {
  const found = name === undefined ? images : images.filter((image) => image.name === name);
  if (found.length === 0)
    throw new UsageError(`unknown image ${name}; use one of ${images.map((image) => image.name).join(", ")}`);
  return found;
}

function list(images: readonly NeededImage[], json: boolean): number {
  const rows = images.map(({ name, reference }) => {
    const { registry, path, tag, digest } = parseReference(reference);
    return {
      name,
      reference,
      registry,
      repository: path,
      tag,
      digest: digest ?? null,
      source: imageFacts[name].source,
    };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  process.stdout.write(rows.map(({ name, reference }) => `${name.padEnd(width)}  ${reference}\n`).join(""));
  return 0;
}

async function check(images: readonly NeededImage[]): Promise<number> {
  const all = await checkImages(images.filter(({ reference }) => !isBuiltLocally(reference)));
  if (all.length === 0) {
    process.stdout.write("All images of this stack are built locally: no registry to query.\n");
    return 0;
  }
  process.stdout.write(`${report(all).join("\n")}\n`);
  return exitCode(all);
}

async function pin(): Promise<number> {
  const all = await checkImages(knownImages());
  process.stdout.write(`${report(all).join("\n")}\n`);
  const digests = knownDigests(all);
  const path = join(root, "config", "products", "images.ts");
  const before = readFileSync(path, "utf8");
  const after = withDigests(before, digests);
  if (after !== before) writeFileSync(path, after);
  const unchanged = all.length - digests.size;
  process.stdout.write(
    `\nPinned ${digests.size} of ${all.length} images in config/products/images.ts${unchanged === 0 ? "" : "; the others are unchanged"}. Now run npm run docs.\n`,
  );
  return exitCode(all);
}

async function probe(images: readonly NeededImage[]): Promise<number> {
  const prober = new Prober();
  const failed: ImageName[] = [];
  for (const image of images) {
    const { failures, version, note } = await prober.probe(image);
    process.stdout.write(
      `${failures.length === 0 ? "ok    " : "failed"}  ${image.reference}${version === undefined ? "" : `  ${version}`}${note === undefined ? "" : ` (${note})`}\n`,
    );
    for (const failure of failures) process.stdout.write(`          ${failure}\n`);
    if (failures.length > 0) failed.push(image.name);
  }
  process.stdout.write(
    failed.length === 0
      ? `\nAll ${images.length} images passed.\n`
      : `\n${failed.length} of ${images.length} failed.\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
