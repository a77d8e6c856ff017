import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TreeFile } from "./compose.ts";

/** File that marks a directory as a rendered stack. */
export const marker = ".white-room-render";

/**
 * Writes files below a directory, each in one step, and removes what an earlier render left. Folders stay the same
 * folders, so that containers which mount them see the change. Refuses a directory that holds anything else. Returns the
 * files that are new or different.
 */
export function writeTree(directory: string, files: readonly TreeFile[]): TreeFile[] {
  if (existsSync(directory) && readdirSync(directory).length > 0 && !existsSync(join(directory, marker))) {
    throw new Error(`${directory} holds files that no render wrote: name an empty or a new directory`);
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, marker), "Written by npm run render; what is in here is replaced by the next one.\n");
  // Only its owner may enter; the folders below are open to whatever user a container runs as.
  if (files.some(({ secret }) => secret)) mkdirSync(join(directory, "secrets"), { recursive: true, mode: 0o700 });
  const changed = files.filter((file) => writeFile(join(directory, file.path), file.content, mode(file)));
  const wanted = new Set(files.map(({ path }) => path));
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(directory.length).replace(/^\/+/, "");
    if (entry.isFile() && path !== marker && !wanted.has(path)) rmSync(join(directory, path));
  }
  return changed;
}

/** Secrets below `secrets` are guarded by its mode, and must be open to the containers that mount them. */
function mode({ path, secret }: TreeFile): number {
  if (!secret) return 0o644;
  return path.startsWith("secrets/") ? 0o444 : 0o600;
}

/** Whether there was anything to write. */
function writeFile(path: string, content: string, mode: number): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content, { mode });
  renameSync(`${path}.new`, path);
  return true;
}
