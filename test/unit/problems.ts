import assert from "node:assert/strict";
import { ConfigError } from "../../config/settings/problems.ts";

/** The problems that reading a config reports, one line each. */
export function problemsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
