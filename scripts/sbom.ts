import { parseArgs } from "node:util";
import { images } from "../config/products/images.ts";
import { knownImages } from "./images/needed.ts";
import { parseReference } from "./images/reference.ts";
import { run } from "./lib/run-command.ts";
import { exitCodeOf } from "./lib/usage-error.ts";
import { root } from "./start/stack-project.ts";

const help = `npm run sbom

Prints a software bill of materials (CycloneDX, JSON): the npm packages that the program and the demo depend on, as locked, and
the container images in config/products/images.ts. To write only the document: npm run --silent sbom > sbom.cdx.json
`;

interface Component {
  readonly "bom-ref": string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Bom {
  readonly metadata: { readonly component: Component & { readonly name: string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  // npm inherits the log level of `npm run`, and prints nothing with --silent.
  const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--loglevel=error"];
  const bom = JSON.parse(await run("npm", args, { cwd: root })) as Bom;
  process.stdout.write(`${JSON.stringify(withImages(bom), null, 2)}\n`);
  return 0;
}

function withImages({ metadata, components, dependencies, ...rest }: Bom): Bom {
  // npm 11 with --omit=dev also omits packages that a development dependency shares, such as zod.
  const packages = components.filter(
    ({ properties = [] }) => !properties.some(({ name }) => name === "cdx:npm:package:development"),
  );
  const containers = knownImages().map(({ name, reference }) => container(images[name].repository, reference));
  const program = metadata.component["bom-ref"];
  const known = new Set([program, ...packages.map((component) => component["bom-ref"])]);
  const references = containers.map((component) => component["bom-ref"]);
  return {
    ...rest,
    // npm uses the name of the folder.
    metadata: { ...metadata, component: { ...metadata.component, name: "white-room-monitoring" } },
    components: [...packages, ...containers],
    dependencies: [
      ...dependencies
        .filter(({ ref }) => known.has(ref))
        .map(({ ref, dependsOn }) => ({
          ref,
          dependsOn: [...dependsOn.filter((other) => known.has(other)), ...(ref === program ? references : [])],
        })),
      ...references.map((ref) => ({ ref, dependsOn: [] })),
    ],
  };
}

/** A container image as a component. Package URLs of images have the digest as their version, if it is known. */
function container(repository: string, reference: string) {
  const { tag, digest } = parseReference(reference);
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const version = digest === undefined ? "" : `@${encodeURIComponent(digest)}`;
  const purl = `pkg:oci/${name}${version}?repository_url=${encodeURIComponent(repository)}&tag=${tag}`;
  return { "bom-ref": reference, type: "container", name: repository, version: tag, purl };
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
