import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a program on PATH or in one of the additional directories; undefined if not found. */
export function findProgram(name: string, ...further: readonly string[]): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), ...further]
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
