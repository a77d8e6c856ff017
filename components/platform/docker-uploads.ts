import type { types } from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { FileSet } from "./workload.ts";

/**
 * The files of a set as a carrier's `uploads`, written so that `pulumi preview --diff` shows the lines that change and
 * nothing else.
 */
export function uploads(
  { files, secret }: FileSet,
  { directory, titled }: { readonly directory: string; readonly titled: boolean },
): pulumi.Output<types.input.ContainerUpload[]> {
  return pulumi.all(files.map(({ content }) => (secret ? pulumi.secret(content) : content))).apply((contents) =>
    inStoredOrder(
      files.map(({ path }, index) => ({
        content: `${titled ? title(path) : ""}${contents[index]}`,
        // The provider's defaults. Left out, each shows as removed, and a changed file as a whole set of changed files:
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
 * First line of a titled file, which the gate removes. It keeps the order of a set whatever changes further down, and it
 * keeps the engine from decoding YAML and JSON: decoded, a changed value comes with everything else in its file, and an
 * added rule makes all rules below it differ.
 * https://github.com/pulumi/pulumi/blob/v3.260.0/pkg/backend/display/object_diff.go#L1387
 */
function title(path: string): string {
  return `==> ${path} <==\n`;
}

/** Begins every title; no file of ours has a line that begins so. */
export const titleMark = "==> ";

/** The text of an uploaded file as the program reads it. */
export function withoutTitle(content: string): string {
  return content.startsWith(titleMark) ? content.slice(content.indexOf("\n") + 1) : content;
}

/**
 * The provider keeps uploads as a set, which is ordered by the quoted content, and the engine compares the n-th file that
 * is stored with the program's n-th. Any other order compares files that have nothing to do with each other.
 * https://github.com/zclconf/go-cty/blob/v1.18.1/cty/set_internals.go#L85
 */
function inStoredOrder<T extends { readonly content: string }>(files: readonly T[]): T[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(JSON.stringify(file.content)) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ file }) => file);
}
