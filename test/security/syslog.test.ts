import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Settings } from "../../config/settings/schema.ts";
import { bytes } from "../../config/settings/units.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { storedEntries } from "../logs/loki-query.ts";
import { needsCollectors } from "../logs/needs.ts";
import { type Program, until } from "../logs/programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "../logs/stack.ts";

const invented = 150;

/* Anyone on the network can send syslog. Loki allows 100 streams here, as few as the config allows. */
for (const collector of collectors) {
  describe(`syslog flood, ${collector}`, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `white-room-security-syslog-${collector}-`));
    const started: (() => unknown)[] = [];
    let loki: Program;
    let port: number;
    let settings: Settings;
    let running: CollectorUnderTest;

    before(async () => {
      loki = await startLoki(directory, await freePort(), { maxStreams: 100 });
      started.push(() => loki.stop());
      port = await freePort();
      const sources = { syslog: { port, hosts: ["gateway-1"] }, containers: { enabled: false } };
      settings = logSettings(collector, directory, sources);
      running = new CollectorUnderTest(collector, directory, settings, {
        port: await freePort(),
        pushUrl: `${loki.url}/loki/api/v1/push`,
        syslogHost: "127.0.0.1",
      });
      // On SIGTERM, it would first send the messages that it holds.
      started.push(() => running.stop("SIGKILL"));
      await running.start();
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    const message = (host: string, program: string, text: string) =>
      `<38>1 ${new Date().toISOString()} ${host} ${program} 1 - - ${text}\n`;

    test("150 invented hosts and programs make one stream, and a real program still gets through", async () => {
      const flood = Array.from({ length: invented }, (_, index) => message(`host-${index}`, `app-${index}`, "flood"));
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.end(`${flood.join("")}${message("gateway-1", "sshd", "accepted")}`);
      await once(socket, "close");

      const stored = (selector: string) => storedEntries(loki.url, `{env="${collector}"${selector}}`);
      await until("all messages are stored", async () => (await stored("")).length === invented + 1);
      const common = { job: "syslog", cluster: "studio", env: collector, level: "info" };
      const [real] = await stored(', service="sshd"');
      assert.deepEqual([real?.labels, real?.metadata], [{ ...common, service: "sshd", host: "gateway-1" }, {}]);

      const others = await stored(', service="syslog"');
      assert.deepEqual(new Set(others.map(({ labels }) => JSON.stringify(labels))).size, 1);
      assert.deepEqual(others[0]?.labels, { ...common, service: "syslog" });
      // The claimed senders are kept as structured metadata.
      assert.deepEqual(
        others.map(({ metadata }) => `${metadata["host"]} ${metadata["program"]}`).sort(),
        Array.from({ length: invented }, (_, index) => `host-${index} app-${index}`).sort(),
      );
    });

    test("800 connections that hold back a message keep no other sender out, within the memory limit", async (context) => {
      const sockets = Array.from({ length: 800 }, () => connect(port, "127.0.0.1"));
      context.after(() => {
        for (const socket of sockets) socket.resetAndDestroy();
      });
      await Promise.all(sockets.map((socket) => once(socket, "connect")));
      const unfinished = message("host", "app", "x".repeat(60_000)).trimEnd();
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.write(unfinished, resolve))));
      const sender = connect(port, "127.0.0.1");
      await once(sender, "connect");
      sender.end(message("gateway-1", "sshd", "still accepted"));
      await until("the message is stored", async () => {
        const stored = await storedEntries(loki.url, `{env="${collector}", service="sshd"}`);
        return stored.some(({ text }) => text.includes("still accepted"));
      });
      const metrics = await (await fetch(`${running.url}/metrics`)).text();
      const resident = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
      assert.ok(resident > 0 && resident < bytes(settings.logs.collectorLimits.memory), `${resident} bytes`);
    });
  });
}
