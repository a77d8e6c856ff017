import type { types } from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { FileSet } from "./workload.ts";

/**
 * The files of a set as a carrier's `uploads`, formatted so that `pulumi preview --diff` shows only the lines that change.
 */
export function uploads(
  { files, secret }: FileSet,
  { directory, titled }: { readonly directory: string; readonly titled: boolean },
): pulumi.Output<types.input.ContainerUpload[]> {
  return pulumi.all(files.map(({ content }) => (secret ? pulumi.secret(content) : content))).apply((contents) =>
    inStoredOrder(
      files.map(({ path }, index) => ({
        content: `${titled ? title(path) : ""}${contents[index]}`,
        // The provider's defaults. If omitted, each shows as removed, and one changed file shows as a change of the whole set:
        // https://github.com/pulumi/pulumi-terraform-bridge/blob/v3.137.0/pkg/tfbridge/detailed_diff.go#L167
        contentBase64: "",
        executable: false,
        file: `${directory}/${path}`,
        permissions: "0444",
        source: "",
        sourceHash: "",
      })),
    ),
  );
}

/**
 * First line of a titled file, which the gate removes. It keeps the order of the set stable, and prevents the engine from
 * decoding YAML and JSON: a decoded diff would include the rest of the file, and an added rule would change all rules below.
 * https://github.com/pulumi/pulumi/blob/v3.260.0/pkg/backend/display/object_diff.go#L1387
 */
function title(path: string): string {
  return `==> ${path} <==\n`;
}

/** Prefix of titles; no other line starts with it. */
export const titleMark = "==> ";

/** The content of an uploaded file without its title. */
export function withoutTitle(content: string): string {
  return content.startsWith(titleMark) ? content.slice(content.indexOf("\n") + 1) : content;
}

/**
 * The provider stores uploads as a set ordered by quoted content, and the engine compares stored and new files by index.
 * With any other order, it would compare unrelated files.
 * https://github.com/zclconf/go-cty/blob/v1.18.1/cty/set_internals.go#L85
 */
function inStoredOrder<T extends { readonly content: string }>(files: readonly T[]): T[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(JSON.stringify(file.content)) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ file }) => file);
}
