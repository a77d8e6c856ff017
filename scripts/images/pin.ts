import type { Checked } from "./check.ts";

/**
 * Writes digests into the source of config/products/images.ts and returns it. Other images stay unchanged. Throws if an
 * entry does not have the expected form.
 */
export function withDigests(source: string, digests: ReadonlyMap<string, string>): string {
  return [...digests].reduce((text, [name, digest]) => {
    const entry = new RegExp(`^ {2}${name}: \\{([^}]*)\\},$`, "m");
    const fields = entry.exec(text)?.[1];
    const value = (field: string) => new RegExp(`\\b${field}: "([^"]*)"`).exec(fields ?? "")?.[1];
    const [repository, tag] = [value("repository"), value("tag")];
    if (repository === undefined || tag === undefined)
      throw new Error(`config/products/images.ts: no entry of the form "${name}: { repository: …, tag: … },"`);
    const lines = [`repository: "${repository}"`, `tag: "${tag}"`, `digest: "${digest}"`];
    return text.replace(entry, () => `  ${name}: {\n${lines.map((line) => `    ${line},\n`).join("")}  },`);
  }, source);
}

/** Digests of the images whose registry answered. */
export function knownDigests(all: readonly Checked[]): Map<string, string> {
  return new Map(
    all.flatMap(({ image, answer }) => (answer.state === "exists" ? [[image.name, answer.digest] as const] : [])),
  );
}
