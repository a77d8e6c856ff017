import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments, UsageError } from "../../scripts/start/arguments.ts";

const none = { stack: undefined, stop: false, sandbox: false, yes: false, noInstall: false };

test("no arguments start the default", () => {
  assert.deepEqual(parseArguments([]), none);
});

test("every option is read", () => {
  assert.deepEqual(parseArguments(["--stack", "staging", "--stop", "--yes"]), {
    ...none,
    stack: "staging",
    stop: true,
    yes: true,
  });
  assert.deepEqual(parseArguments(["--sandbox", "--stop"]), { ...none, sandbox: true, stop: true });
  assert.deepEqual(parseArguments(["--no-install"]), { ...none, noInstall: true });
});

for (const [words, message] of [
  [["--stak", "dev"], "Unknown option '--stak'"],
  [["dev"], "Unexpected argument 'dev'"],
  [["--stack"], "Option '--stack <value>' argument missing"],
  [["--stack", "../x"], '--stack "../x" is not a valid stack name; use letters, digits, "-", "_" and "."'],
  [["--sandbox", "--stack", "prod"], "--sandbox always runs Pulumi.sandbox.yaml; omit --stack"],
] as const) {
  test(`rejected: ${words.join(" ")}`, () => {
    assert.throws(
      () => parseArguments(words),
      (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}
