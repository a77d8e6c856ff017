import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** What is slow to build is kept outside the checkout: `$WHITE_ROOM_CACHE`, else `~/.cache/white-room-monitoring`. */
export function cacheFolder(): string {
  return process.env.WHITE_ROOM_CACHE || join(homedir(), ".cache", "white-room-monitoring");
}

/** Twelve hex digits that change when any part does. */
export function shortHash(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}

/** Gives the work a folder of its own inside the cache (one file system: results can be renamed out), and removes it. */
export async function withScratchFolder<T>(cacheDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  const folder = await mkdtemp(join(cacheDir, "scratch-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
