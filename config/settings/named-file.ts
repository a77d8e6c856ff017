import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";

/** What is wrong with a file or directory that the user named, and how to fix it. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; check the path",
  ENOTDIR: "is below a file, not a directory; check the path",
  EISDIR: "is a directory; use the path of a file",
  EEXIST: "is a file; use the path of a directory",
  EACCES: "is not accessible to this user; change its permissions, or use another path",
  EPERM: "is not accessible to this user; change its permissions, or use another path",
  EROFS: "is on a read-only file system; use another path",
  ENOSPC: "does not fit on the disk; free some space",
  ENAMETOOLONG: "is longer than a path can be; use a shorter one",
  ELOOP: "is a loop of symbolic links; use the path of a file",
  ERR_INVALID_ARG_VALUE: "contains a null byte; use a path without it",
};

/** Describes why the system cannot read or write a path, and how to fix it; undefined for other errors. */
export function fileProblem(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return Object.hasOwn(reasons, code) ? reasons[code] : undefined;
}

/** A file named by the user that cannot be read. The message continues "<path> ". */
export class UnreadableFile extends Error {}

/** Whether nothing exists at a path. Other errors are reported when the file is read. */
export function isMissing(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Reads a text file named by the user. Throws an UnreadableFile with advice, and never waits for a pipe. */
export function readNamedFile(path: string, maxBytes: number): string {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new UnreadableFile(reasons["EISDIR"]);
    if (!stats.isFile()) throw new UnreadableFile("is not a regular file; write it to a file first");
    if (stats.size > maxBytes) throw new UnreadableFile(tooLarge(stats.size, maxBytes));
    const content = readFileSync(path);
    if (!isUtf8(content)) throw new UnreadableFile("is not UTF-8 text; save it as UTF-8");
    return content.toString();
  } catch (error) {
    const problem = fileProblem(error);
    throw problem === undefined ? error : new UnreadableFile(problem);
  }
}

function tooLarge(size: number, maxBytes: number): string {
  return `is too large (${Math.ceil(size / 1024)} KiB); use a file of at most ${maxBytes / 1024} KiB`;
}
