import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, needs } from "../binaries.ts";
import { objectsOf, pods, production } from "../components/kubernetes-objects.ts";
import { registered } from "../components/stack.ts";

/** A new mount namespace needs root; CI is root. */
const options = process.getuid?.() === 0 || process.env.CI ? needs("node_exporter") : { skip: "requires root" };

type Container = { readonly command: readonly string[] };
type Mount = { readonly mountPath: string; readonly mountPropagation?: string };

const size = 4 * 1024 * 1024;

/** Size and free bytes that node_exporter reports for a file system mounted after it started. */
async function reported(rslave: boolean): Promise<{ size: number; free: number }> {
  const spec = pods(objectsOf(await registered(production({ exporters: { node: { rslave } } })))).get(
    "node-exporter",
  )?.spec;
  const container = spec?.containers[0] as (Container & { readonly volumeMounts: readonly Mount[] }) | undefined;
  const root = container?.volumeMounts.find(({ mountPath }) => mountPath === "/host");
  assert.ok(container && root);
  const folder = mkdtempSync(join(tmpdir(), "white-room-late-mounts-"));
  const [host, late] = [join(folder, "host"), join(folder, "late")];
  for (const made of [host, late]) mkdirSync(made);
  const port = await freePort();
  const [, ...flags] = container.command.map((word) => word.replace("=/host", `=${host}`));
  const propagation = root.mountPropagation === "HostToContainer" ? "slave" : "private";
  // The outer shell is the host's init process, the inner one the container.
  const script = `
    unshare --mount --propagation ${propagation} sh -c 'mount --rbind / ${host} && exec "$@"' sh "$@" &
    read started
    mount -t tmpfs -o size=${size} late ${late} && head -c ${Math.floor(size * 0.96)} /dev/zero > ${late}/data
    echo mounted
    wait`;
  const child = spawn(
    "unshare",
    [
      ...[
        "--mount",
        "--propagation",
        "shared",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child=KILL",
        "sh",
        "-c",
        script,
      ],
      ...["sh", binary("node_exporter"), ...flags, `--web.listen-address=127.0.0.1:${port}`],
    ],
    { stdio: ["pipe", "pipe", "ignore"] },
  );
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  try {
    await answers(metrics);
    child.stdin.write("started\n");
    await once(child.stdout, "data");
    const text = await metrics();
    const value = (name: string) => {
      const line = text.split("\n").find((one) => one.startsWith(`${name}{`) && one.includes(`mountpoint="${late}"`));
      return Number(line?.split(" ").at(-1));
    };
    return { size: value("node_filesystem_size_bytes"), free: value("node_filesystem_free_bytes") };
  } finally {
    child.kill("SIGKILL");
    if (child.exitCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true });
  }
}

async function answers(request: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await request();
      return;
    } catch {
      await delay(100);
    }
  }
  throw new Error("node_exporter does not answer");
}

test("a disk mounted after node_exporter started is reported with its own figures", options, async () => {
  const { size: found, free } = await reported(true);
  assert.equal(found, size);
  assert.ok(free < size * 0.05, `${free} bytes free`);
});

test("without rslave, it is reported with the figures of the root file system", options, async () => {
  assert.notEqual((await reported(false)).size, size);
});
