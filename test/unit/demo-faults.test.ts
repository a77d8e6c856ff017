import assert from "node:assert/strict";
import { test } from "node:test";
import { renderControlPage } from "../../demo/simulator/control-page.ts";
import { faultCatalogue, faultNames } from "../../demo/simulator/faults.ts";
import { matrix } from "../e2e/alerting/expected.ts";

/** Alerts of every case of the end-to-end matrix whose name begins with the fault's. */
function raisedInMatrix(fault: string): string[] {
  const cases = Object.entries(matrix).filter(([name]) => name === fault || name.startsWith(`${fault} of `));
  const alerts = cases.flatMap(([, raised]) => Object.keys(raised).map((key) => key.split(" ")[0] ?? ""));
  return [...new Set(alerts)].sort();
}

test("the documented alerts of a fault are those tested on the running stack", () => {
  for (const fault of faultNames) {
    assert.deepEqual([...faultCatalogue[fault].raises].sort(), raisedInMatrix(fault), fault);
  }
});

test("the control page shows the effect of each fault and the alerts it raises", () => {
  const page = renderControlPage([]);
  for (const fault of faultNames) {
    assert.ok(page.includes(`Raises ${faultCatalogue[fault].raises.join(", ")}`), fault);
  }
});
