import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const maximumBytes = 5 * 1024 * 1024;
const keptFiles = 2;

/**
 * A log file that is rotated by renaming (`x.log` → `x.log.1` → `x.log.2`), never truncated, so that a collector still
 * reading the old file misses nothing. Throws if the file cannot be created; a later failed write loses only its line.
 */
export class LogFile {
  readonly #path: string;
  #descriptor: number;
  #size: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#path = path;
    this.#descriptor = openSync(path, "a");
    this.#size = statSync(path).size;
  }

  write(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    try {
      if (this.#size > 0 && this.#size + bytes.length > maximumBytes) this.#rotate();
      this.#size += writeSync(this.#descriptor, bytes);
    } catch {
      // A full disk must not stop the simulator, so that the disk alert can be demonstrated.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    try {
      shiftFiles(this.#path);
    } finally {
      this.#descriptor = openSync(this.#path, "a");
      this.#size = statSync(this.#path).size;
    }
  }
}

/** Rotates a file written by another program once it is too large; ignores a missing file. */
export function rotateWhenLarge(path: string): void {
  try {
    if (statSync(path).size > maximumBytes) shiftFiles(path);
  } catch {
    // The file is missing or cannot be renamed. If it keeps growing, the disk alerts fire.
  }
}

function shiftFiles(path: string): void {
  for (let number = keptFiles - 1; number >= 1; number -= 1) {
    try {
      renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    } catch {
      // Not all older files exist yet.
    }
  }
  renameSync(path, `${path}.1`);
}
