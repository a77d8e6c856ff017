import { readFileSync } from "node:fs";

/** Reads a secret from a file, without trailing line breaks. */
export function readSecret(path: string): string {
  return readFileSync(path, "utf8").replace(/\r?\n$/, "");
}
