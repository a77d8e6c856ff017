import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadAll } from "js-yaml";
import { asRendered, comparedByLine } from "../../components/platform/kubernetes-yaml.ts";
import { render } from "../../scripts/render.ts";
import type { ProgramName } from "../../scripts/test/programs.ts";
import { binary, needs } from "../binaries.ts";

describe("YAML from a ConfigMap", () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-config-maps-"));
  const [rendered, held] = [join(directory, "rendered"), join(directory, "held")];
  const files = () => globSync("{prometheus,alertmanager,loki,grafana}/**/*.{yml,yaml}", { cwd: rendered });

  before(async () => {
    await render("prod", rendered, { withSecrets: false });
    cpSync(rendered, held, { recursive: true });
    for (const file of files()) {
      writeFileSync(join(held, file), comparedByLine(readFileSync(join(rendered, file), "utf8")));
    }
  });

  after(() => rmSync(directory, { recursive: true }));

  test("is one document with the same content, but not if outer white space is removed", () => {
    assert.ok(files().length > 10);
    for (const file of files()) {
      const text = readFileSync(join(held, file), "utf8");
      assert.equal(asRendered(text), readFileSync(join(rendered, file), "utf8"), file);
      const [first, ...rest] = loadAll(text);
      assert.deepEqual(first, loadAll(readFileSync(join(rendered, file), "utf8"))[0], file);
      assert.ok(
        rest.every((document) => document === null || document === undefined),
        file,
      );
      const decoded = () => loadAll(text.trim());
      assert.ok(!isOneDocument(decoded), `${file} is compared level by level`);
    }
  });

  const accepted = (name: ProgramName, ...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(binary(name), words, { cwd: held, encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
    assert.doesNotMatch(stdout + stderr, /multiple document/i);
  };

  test("is accepted by Prometheus without a warning", needs("promtool"), () => {
    accepted("promtool", "check", "config", "prometheus/prometheus.yml");
  });

  test("is accepted by Alertmanager", needs("amtool"), () => {
    accepted("amtool", "check-config", "alertmanager/alertmanager.yml");
  });

  test("is accepted by Loki", needs("loki"), () => {
    accepted("loki", "-config.file=loki/loki.yml", "-config.expand-env=true", "-verify-config=true");
  });

  test("is accepted as Loki's rules", needs("lokitool"), () => {
    accepted("lokitool", "rules", "lint", ...globSync("loki/rules/fake/*.yml", { cwd: held }));
  });
});

function isOneDocument(decode: () => unknown[]): boolean {
  try {
    return decode().length === 1;
  } catch {
    return false;
  }
}
