import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imageFacts } from "../config/products/image-facts.ts";
import { type ImageName, isBuiltLocally } from "../config/products/images.ts";
import { readStackFile } from "../config/settings/stack-file.ts";
import { loadImages, saveImages } from "./images/archive.ts";
import { checkImages, exitCode, report } from "./images/check.ts";
import { knownImages, type NeededImage, neededImages } from "./images/needed.ts";
import { knownDigests, withDigests } from "./images/pin.ts";
import { Prober } from "./images/probe.ts";
import { parseReference } from "./images/reference.ts";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { deployedStack, knownStacks, root } from "./start/stack-project.ts";

const help = `npm run images -- <command> [options]

  list [--json]       the images; with --json also where their build files are
  check               asks the registries: does each tag exist, what is its digest, is there a newer version
  pin                 writes the digests that registries answer into config/products/images.ts, for all stacks
  probe [--image N]   proves what the stack relies on inside each image (config/products/image-facts.ts): starts its program once
                      for the version, and reads paths, owners and modes. Pulls nothing
  save <file>         writes the images of a stack to an archive, for machines without a registry
  load <file>         reads such an archive, and verifies that the stack's images are all there

  --stack NAME        the images that this stack runs, after its config. Without it, list, check and probe go through all
                      of config/products/images.ts, save and load mean ${defaultStackInWords}

Exit code 0: all is well; 1: a tag is missing, no registry answered, a fact does not hold, or an archive is not complete;
2: words it does not know.
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
  const [word, ...files] = positionals;
  const command = commands.find((known) => known === word);
  if (command === undefined) throw new WrongWords(word === undefined ? "name a command" : `${word} is not a command`);
  refuseOthers(command, values, files);
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
      await (command === "save" ? saveImages : loadImages)(images, files[0] ?? "", say);
      return 0;
    }
    default:
      return command satisfies never;
  }
}

/** Options and files that the command does not take. */
function refuseOthers(
  command: (typeof commands)[number],
  { stack, image, json }: { readonly stack?: string; readonly image?: string; readonly json: boolean },
  files: readonly string[],
): void {
  const wanted = command === "save" || command === "load" ? 1 : 0;
  if (files.length !== wanted)
    throw new WrongWords(wanted === 1 ? `${command} takes one file` : `${command} takes no further word`);
  if (json && command !== "list") throw new WrongWords("--json belongs to list");
  if (image !== undefined && command !== "probe") throw new WrongWords("--image belongs to probe");
  if (stack !== undefined && command === "pin") throw new WrongWords("pin is for all stacks: leave --stack out");
}

async function imagesOf(stack: string | undefined): Promise<NeededImage[]> {
  if (stack === undefined) return knownImages();
  const { configFile, command } = deployedStack(stack);
  if (!existsSync(configFile))
    throw new WrongWords(`there is no Pulumi.${stack}.yaml: known stacks are ${knownStacks().join(", ")}`);
  return neededImages({ ...readStackFile(stack, configFile), command });
}

function chosen(images: readonly NeededImage[], name: string | undefined): readonly NeededImage[] {
  const found = name === undefined ? images : images.filter((image) => image.name === name);
  if (found.length === 0)
    throw new WrongWords(`--image ${name} is not among them: ${images.map((image) => image.name).join(", ")}`);
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
    process.stdout.write("All images of this stack are built on this machine: there is no registry to ask.\n");
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
  const rest = all.length - digests.size;
  process.stdout.write(
    `\n${digests.size} of ${all.length} images are pinned in config/products/images.ts.${rest === 0 ? "" : " The others keep what they had."} Run npm run docs.\n`,
  );
  return exitCode(all);
}

async function probe(images: readonly NeededImage[]): Promise<number> {
  const prober = new Prober();
  const failed: ImageName[] = [];
  for (const image of images) {
    const { wrong, version, note } = await prober.probe(image);
    process.stdout.write(
      `${wrong.length === 0 ? "ok    " : "failed"}  ${image.reference}${version === undefined ? "" : `  ${version}`}${note === undefined ? "" : ` (${note})`}\n`,
    );
    for (const fact of wrong) process.stdout.write(`          ${fact}\n`);
    if (wrong.length > 0) failed.push(image.name);
  }
  process.stdout.write(
    failed.length === 0
      ? `\nAll ${images.length} images are as the stack relies on.\n`
      : `\n${failed.length} of ${images.length} failed.\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
