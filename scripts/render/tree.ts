import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { TreeFile } from "./compose.ts";

/** Marks a directory as a rendered stack. */
export const marker = ".white-room-render";

/**
 * Writes files atomically and removes files of an earlier render. Folders are not recreated, so that containers that mount
 * them see the changes. Throws if the directory has other content, symbolic links or files of another user. Returns new and
 * changed files.
 */
export function writeTree(directory: string, files: readonly TreeFile[]): TreeFile[] {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found !== undefined) {
    ownOnly(directory, found);
    const entries = readdirSync(directory);
    if (entries.length > 0 && !entries.includes(marker))
      throw new Error(`${directory} contains files that render did not write; use an empty or new directory`);
    for (const entry of readdirSync(directory, { recursive: true })) {
      const path = join(directory, String(entry));
      ownOnly(path, lstatSync(path));
    }
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, marker), "Written by npm run render, which replaces the contents of this directory.\n");
  // Only the owner may enter; the folders inside are readable by any container user.
  if (files.some(({ secret }) => secret)) {
    mkdirSync(join(directory, "secrets"), { recursive: true, mode: 0o700 });
    chmodSync(join(directory, "secrets"), 0o700);
  }
  const changed = files.filter((file) => writeFile(join(directory, file.path), file.content, mode(file)));
  const wanted = new Set(files.map(({ path }) => path));
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(directory.length).replace(/^\/+/, "");
    if (entry.isFile() && path !== marker && !wanted.has(path)) rmSync(join(directory, path));
    if (entry.isDirectory()) onlyOwnerWrites(join(directory, path));
  }
  onlyOwnerWrites(directory);
  return changed;
}

/** Rejects symbolic links, which could redirect writes, and files of other users, who could change them. */
function ownOnly(path: string, found: Stats): void {
  const self = process.getuid?.();
  if (found.isSymbolicLink()) throw new Error(`${path} is a symbolic link; use an empty or new directory`);
  if (self !== undefined && found.uid !== self)
    throw new Error(`${path} belongs to another user (${found.uid}); use an empty or new directory of your own`);
}

function onlyOwnerWrites(directory: string): void {
  const { mode } = lstatSync(directory);
  if ((mode & 0o022) !== 0) chmodSync(directory, mode & 0o755);
}

/** Files under `secrets` are protected by that folder's mode and must be readable by the containers that mount them. */
function mode({ path, secret }: TreeFile): number {
  if (!secret) return 0o644;
  return path.startsWith("secrets/") ? 0o444 : 0o600;
}

/** Returns whether the file changed. */
function writeFile(path: string, content: string, mode: number): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === content) {
    chmodSync(path, mode);
    return false;
  }
  mkdirSync(dirname(path), { recursive: true });
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, content, { mode, flag: "wx" });
  renameSync(`${path}.new`, path);
  return true;
}
