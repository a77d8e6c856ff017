import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
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

    before(async () => {
      loki = await startLoki(directory, await freePort(), { maxStreams: 100 });
      started.push(() => loki.stop());
      port = await freePort();
      const sources = { syslog: { port, hosts: ["gateway-1"] }, containers: { enabled: false } };
      const running = new CollectorUnderTest(collector, directory, logSettings(collector, directory, sources), {
        port: await freePort(),
        pushUrl: `${loki.url}/loki/api/v1/push`,
        syslogHost: "127.0.0.1",
      });
      started.push(() => running.stop());
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
      // Who sent them, or claims to, is still known.
      assert.deepEqual(
        others.map(({ metadata }) => `${metadata["host"]} ${metadata["program"]}`).sort(),
        Array.from({ length: invented }, (_, index) => `host-${index} app-${index}`).sort(),
      );
    });
  });
}
