import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { RenderedFile } from "../../config/file.ts";
import type { ProgramName } from "../../scripts/test/programs.ts";
import { binary } from "../binaries.ts";

const run = promisify(execFile);

/** Runs a program in a temporary directory with these files. If it fails, the error contains its whole output. */
export async function runAmong(
  files: readonly RenderedFile[],
  program: ProgramName,
  ...args: readonly string[]
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "white-room-rules-"));
  try {
    for (const { path, content } of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    const { stdout, stderr } = await run(binary(program), args, { cwd: directory, maxBuffer: 2 ** 26 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as { stdout?: string; stderr?: string; message: string };
    throw new assert.AssertionError({ message: `${message}\n${stdout}${stderr}` });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
