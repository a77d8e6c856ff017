import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../../scripts/lib/run-command.ts";
import { needs } from "../binaries.ts";

/** New namespaces, and port 53 in them, need root; CI is root. */
const options = process.getuid?.() === 0 || process.env.CI ? needs("prometheus") : { skip: "requires root" };

test("Prometheus finds the targets of an application by DNS SRV, with the labels of the config", options, async () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-srv-"));
  try {
    // Prometheus asks only the servers in /etc/resolv.conf, on port 53.
    const servers = join(folder, "resolv.conf");
    writeFileSync(servers, "nameserver 127.0.0.1\n");
    const script = 'ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
    const world = join(import.meta.dirname, "srv-world.ts");
    const words = ["--net", "--mount", "sh", "-c", script, "sh", servers, process.execPath, world, folder];
    const { ports, found } = JSON.parse(await run("unshare", words, { timeout: 120_000 })) as {
      ports: number[];
      found: Record<string, string>[];
    };
    const byInstance = (one: Record<string, string>, other: Record<string, string>) =>
      (one["instance"] ?? "").localeCompare(other["instance"] ?? "");
    const expected = ports.map((port) => ({
      ...{ __name__: "app_up", job: "licenses", instance: `app.test:${port}`, region: "eu" },
      ...{ service: "licenses", cluster: "white-room", env: "test" },
    }));
    assert.deepEqual(found.sort(byInstance), expected.sort(byInstance));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
