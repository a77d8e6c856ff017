import type { NeededImage } from "./needed.ts";
import { parseReference, type Reference } from "./reference.ts";
import { type Answer, RegistryClient, type RegistryOptions } from "./registry.ts";

/** An image and the answer of its registry. */
export interface Checked {
  readonly image: NeededImage;
  readonly reference: Reference;
  readonly answer: Answer;
}

/** Queries all registries concurrently. */
export async function checkImages(images: readonly NeededImage[], options?: RegistryOptions): Promise<Checked[]> {
  const client = new RegistryClient(options);
  return Promise.all(
    images.map(async (image) => {
      const reference = parseReference(image.reference);
      return { image, reference, answer: await client.ask(reference) };
    }),
  );
}

/** Report with one line per image and one per unreachable registry. */
export function report(all: readonly Checked[]): string[] {
  const width = Math.max(...all.map(({ image }) => image.reference.length));
  const lines = all.map(
    ({ image, reference, answer }) => `${image.reference.padEnd(width)}  ${outcome(reference, answer)}`,
  );
  const unreachable = Map.groupBy(
    all.filter(({ answer }) => answer.state === "unknown"),
    ({ reference }) => reference.registry,
  );
  const registries = [...unreachable].map(([registry, images]) => {
    const reasons = new Set(images.map(({ answer }) => (answer.state === "unknown" ? answer.reason : "")));
    return `${registry}: ${images.length} not checked: ${[...reasons].join("; ")}`;
  });
  return [...lines, ...(registries.length > 0 ? ["", ...registries] : [])];
}

function outcome(reference: Reference, answer: Answer): string {
  if (answer.state === "missing") return "MISSING: tag not found in the registry";
  if (answer.state === "unknown") return "not checked";
  const notes = [
    ...(answer.multiPlatform ? [] : ["one platform only"]),
    ...(reference.digest !== undefined && reference.digest !== answer.digest
      ? ["tag has moved since it was pinned"]
      : []),
    ...(answer.newer === undefined ? [] : [`newer: ${answer.newer}`]),
    ...(answer.unlisted === undefined ? [] : [`newer versions unknown: ${answer.unlisted}`]),
  ];
  return [answer.digest, ...notes].join("  ");
}

/** 1 if a tag is missing or no registry answered, else 0. */
export function exitCode(all: readonly Checked[]): 0 | 1 {
  const missing = all.some(({ answer }) => answer.state === "missing");
  return missing || !all.some(({ answer }) => answer.state === "exists") ? 1 : 0;
}
