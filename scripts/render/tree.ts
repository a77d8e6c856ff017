import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TreeFile } from "./compose.ts";

/** Marks a directory as a rendered stack. */
export const marker = ".white-room-render";

/**
 * Writes files atomically and removes files of an earlier render. Folders are not recreated, so that containers that mount
 * them see the changes. Rejects a directory with other content. Returns new and changed files.
 */
export function writeTree(directory: string, files: readonly TreeFile[]): TreeFile[] {
  if (existsSync(directory) && readdirSync(directory).length > 0 && !existsSync(join(directory, marker))) {
    throw new Error(`${directory} contains files not written by render; use an empty or new directory`);
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, marker), "Written by npm run render, which replaces the contents of this directory.\n");
  // Only the owner may enter; the folders inside are readable by any container user.
  if (files.some(({ secret }) => secret)) mkdirSync(join(directory, "secrets"), { recursive: true, mode: 0o700 });
  const changed = files.filter((file) => writeFile(join(directory, file.path), file.content, mode(file)));
  const wanted = new Set(files.map(({ path }) => path));
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(directory.length).replace(/^\/+/, "");
    if (entry.isFile() && path !== marker && !wanted.has(path)) rmSync(join(directory, path));
  }
  return changed;
}

/** Files under `secrets` are protected by that folder's mode and must be readable by the containers that mount them. */
function mode({ path, secret }: TreeFile): number {
  if (!secret) return 0o644;
  return path.startsWith("secrets/") ? 0o444 : 0o600;
}

/** Returns whether the file changed. */
function writeFile(path: string, content: string, mode: number): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content, { mode });
  renameSync(`${path}.new`, path);
  return true;
}
