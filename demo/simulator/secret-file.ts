import { readFileSync } from "node:fs";

/** A secret from its file, without the line break that editors leave at the end. */
export function readSecret(path: string): string {
  return readFileSync(path, "utf8").replace(/\r?\n$/, "");
}
