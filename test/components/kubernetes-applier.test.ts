import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { registered } from "./stack.ts";

interface Applier {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
  readonly command: readonly string[];
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
}

const applier = await applierOf(production());
const marker = "/tmp/applied-admin";

async function applierOf(config: StackConfig): Promise<Applier> {
  const containers = pods(objectsOf(await registered(config))).get("grafana")?.spec.containers ?? [];
  return containers.find(({ name }) => name === "apply-admin") as unknown as Applier;
}

/** Whether the sidecar is ready after its script has run for a second; Grafana's command prints `output`. */
async function ready(folder: string, output: string): Promise<boolean> {
  const stub = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  stub("wget", "exit 0");
  stub("grafana", `echo "${output}"`);
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
  assert.equal(await ready(folder, "Admin password changed successfully ✔"), true);
  // The command exits with 0 even if it cannot write to the database. A marker left by an earlier container does not count.
  assert.equal(await ready(folder, ""), false);
  assert.equal(await ready(folder, "Admin user cannot be found ✘."), true);
});

test("it has all files that Grafana's settings refer to", async () => {
  const visualization = {
    url: "https://grafana.example.com",
    database: { host: "db.internal" },
    oidc: { clientId: "grafana", issuer: "https://sso.example.com/realms/white-room" },
  };
  const { env, volumeMounts } = await applierOf(production({ visualization }));
  const files = env.flatMap(({ value }) => [...value.matchAll(/__file\{([^}]+)\}/g)].map(([, path = ""]) => path));
  assert.deepEqual(files.map((path) => path.split("/").at(-1)).sort(), [
    "grafanaAdminPassword",
    "grafanaDatabasePassword",
    "grafanaMetricsPassword",
    "grafanaOidcClientSecret",
    "grafanaSecretKey",
  ]);
  const mounted = volumeMounts.map(({ mountPath }) => mountPath);
  assert.deepEqual(
    files.filter((path) => !mounted.includes(dirname(path))),
    [],
  );
});
