import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { findProgram } from "../../../scripts/lib/find-program.ts";
import { eventually } from "../running-stack.ts";
import { logTests } from "./log-tests.ts";
import { apply, fast, stack } from "./sandbox.ts";

// Alloy is in no package registry: the sandbox has an image of it only if it is on PATH.
const skip = findProgram("alloy") === undefined && "there is no alloy on PATH";

describe("the same logs through Alloy", { skip }, () => {
  before(() => apply({ ...fast, logs: { collector: "alloy" } }));
  after(() => apply(fast));

  test("Alloy replaces Promtail", async () => {
    const names = [...(await stack.identities()).keys()];
    assert.deepEqual(
      names.filter((name) => ["alloy", "promtail"].includes(name)),
      ["alloy"],
    );
    await eventually(
      "Alloy scraped",
      60,
      async () => (await stack.prometheus('up{job="collector"} == 1')).length === 1,
    );
  });

  logTests();
});
