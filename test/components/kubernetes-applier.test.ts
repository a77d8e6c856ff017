import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { registered } from "./stack.ts";

interface Applier {
  readonly name: string;
  readonly command: readonly string[];
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
}

const containers = pods(objectsOf(await registered(production()))).get("grafana")?.spec.containers ?? [];
const applier = containers.find(({ name }) => name === "apply-admin") as unknown as Applier;
const marker = "/tmp/applied-admin";

/** Whether the sidecar is ready after its script has run for a second; Grafana's command ends with `exitCode`. */
async function ready(folder: string, exitCode: number): Promise<boolean> {
  const stub = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  stub("wget", "exit 0");
  stub("grafana", `exit ${exitCode}`);
  mkdirSync(join(folder, "admin"), { recursive: true });
  writeFileSync(join(folder, "admin", "grafanaAdminPassword"), "secret");
  const [shell = "", ...words] = applier.command.map((word) =>
    word
      .replaceAll("$$", "$")
      .replaceAll(marker, join(folder, "applied"))
      .replaceAll("/usr/share/grafana/bin/grafana", join(folder, "grafana"))
      .replaceAll("/etc/grafana/secrets/admin", join(folder, "admin")),
  );
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const child = spawn(shell, words, { env, stdio: "ignore", detached: true });
  const ended = new Promise((done) => child.once("close", done));
  await sleep(1_000);
  process.kill(-(child.pid ?? 0), "SIGTERM");
  await ended;
  return existsSync(join(folder, "applied"));
}

test("Grafana's pod becomes ready only after its password is set", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-applier-"));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(applier.readinessProbe.exec.command, ["test", "-e", marker]);
  assert.equal(await ready(folder, 0), true);
  // What an earlier container of the pod left does not count.
  assert.equal(await ready(folder, 1), false);
});
