import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, needs } from "../binaries.ts";
import { objectsOf, pods, production } from "../components/kubernetes-objects.ts";
import { registered } from "../components/stack.ts";

const { containers } = pods(objectsOf(await registered(production()))).get("alertmanager")?.spec ?? { containers: [] };
const gossip = containers[0]?.command.filter((word) => /^--cluster\.(?:listen|advertise)-address=/.test(word)) ?? [];

for (const address of ["127.0.0.1", "::1"]) {
  test(`a clustered Alertmanager advertises ${address}`, needs("alertmanager"), async () => {
    const folder = mkdtempSync(join(tmpdir(), "white-room-gossip-"));
    const config = join(folder, "alertmanager.yml");
    writeFileSync(config, "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n");
    const [web, port] = [await freePort(), await freePort()];
    const child = spawn(
      binary("alertmanager"),
      [
        `--config.file=${config}`,
        `--storage.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${web}`,
        ...gossip.map((word) => word.replace("$(POD_IP)", address).replace(":9094", `:${port}`)),
      ],
      { stdio: "ignore" },
    );
    try {
      const status = await clusterStatus(`http://127.0.0.1:${web}/api/v2/status`);
      assert.deepEqual(
        status.peers.map((peer) => peer.address),
        [address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`],
      );
    } finally {
      child.kill("SIGKILL");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true });
    }
  });
}

async function clusterStatus(url: string): Promise<{ peers: { address: string }[] }> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    const { cluster } = answer?.ok
      ? ((await answer.json()) as { cluster: { status: string; peers: { address: string }[] } })
      : { cluster: { status: "starting", peers: [] } };
    if (cluster.peers.length > 0) return cluster;
    if (Date.now() > deadline) throw new Error(`no peers: ${cluster.status}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
