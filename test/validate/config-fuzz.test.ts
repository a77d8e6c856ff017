import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { checkFiles } from "../../bench/fuzz/checkers.ts";
import { anyConfig } from "../../bench/fuzz/configs.ts";
import { validateAll } from "../../bench/fuzz/verdicts.ts";
import { binary, needs } from "../binaries.ts";

/*
 * Configs generated from the schema; `npm run fuzz` tries more of them, with other seeds. Alloy's file is only rendered here.
 * The tests in test/logs cover what Promtail does not check before it reads a line.
 */

describe("400 generated configs", () => {
  let verdicts: ReturnType<typeof validateAll>;

  before(() => {
    verdicts = validateAll(fc.sample(anyConfig(), { numRuns: 400, seed: 20_261_128 }));
  });

  test("each is accepted, or rejected with the invalid key, within 2 s", () => {
    assert.deepEqual(verdicts.mistakes, []);
    assert.ok(verdicts.accepted.length > 200 && verdicts.refused > 50, JSON.stringify(verdicts.refused));
    assert.ok(verdicts.slowest < 2_000, `${verdicts.slowest} ms`);
  });

  for (const [program, atMost] of [
    ["promtool", 120],
    ["amtool", 120],
    ["loki", 25],
    ["promtail", 25],
  ] as const) {
    test(`${program} accepts the files of every valid config`, needs(program), async () => {
      const { mistakes, checked } = await checkFiles(verdicts.accepted, {
        binary: (name) => (name === program ? binary(name) : undefined),
        atMost,
      });
      assert.deepEqual(mistakes, []);
      assert.ok((checked[program] ?? 0) > 20, JSON.stringify(checked));
    });
  }
});
