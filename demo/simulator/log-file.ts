import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const maximumBytes = 5 * 1024 * 1024;
const keptFiles = 2;

/**
 * A log file that is rotated by renaming (`x.log` → `x.log.1` → `x.log.2`), never truncated: a collector that still reads
 * the old one misses nothing. Throws when the file cannot be created; a write that fails later loses its line only.
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
      // A full disk must not end the simulator: the alert on it is what someone wants to see.
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

/** Rotates a file that someone else writes, once it is too large; one that is not there is left alone. */
export function rotateWhenLarge(path: string): void {
  try {
    if (statSync(path).size > maximumBytes) shiftFiles(path);
  } catch {
    // Not there yet, or not ours to rename: it grows, which the disk alerts tell.
  }
}

function shiftFiles(path: string): void {
  for (let number = keptFiles - 1; number >= 1; number -= 1) {
    try {
      renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    } catch {
      // The first rotations find no older file.
    }
  }
  renameSync(path, `${path}.1`);
}
