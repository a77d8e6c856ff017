import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { sendTcp, sendUdp } from "./send-syslog.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/* Sends messages of network devices (RFC 3164) to the real collector, over TCP and UDP on one port. */

interface Sent {
  readonly message: string;
  readonly host: string;
  readonly service: string;
  readonly level: string;
  readonly text: string;
}

/** Over TCP, each followed by a line feed. */
const byTcp: readonly Sent[] = [
  {
    message: "<11>Nov 28 10:00:00 switch-1 sshd[77]: x",
    host: "switch-1",
    service: "sshd",
    level: "error",
    text: "x",
  },
  // OpenWrt.
  {
    message: "<30>Nov 28 09:00:00 openwrt dnsmasq-dhcp[1412]: DHCPACK(br-lan) 192.168.1.23 laptop",
    host: "openwrt",
    service: "dnsmasq-dhcp",
    level: "info",
    text: "DHCPACK(br-lan) 192.168.1.23 laptop",
  },
  // pfSense: no host name before version 2.5.
  {
    message: "<134>Nov 28 10:00:01 filterlog[46829]: 5,,,1000000103,igb0,match,block,in,4",
    host: "127.0.0.1",
    service: "filterlog",
    level: "info",
    text: "5,,,1000000103,igb0,match,block,in,4",
  },
  // Days below ten are padded with a space.
  {
    message: "<28>Jan  4 02:00:00 ap-3 hostapd: ath0: STA 78:8a:20 deauthenticated",
    host: "ap-3",
    service: "hostapd",
    level: "warn",
    text: "ath0: STA 78:8a:20 deauthenticated",
  },
];

/** Over UDP, one datagram each, without a line feed. */
const byUdp: readonly Sent[] = [
  // MikroTik.
  {
    message: "<26>Nov 28 10:00:02 mikrotik system,error,critical: login failure for user admin",
    host: "mikrotik",
    service: "system,error,critical",
    level: "critical",
    text: "login failure for user admin",
  },
  // Synology.
  {
    message: "<132>Nov 28 10:00:03 nas-1 Connection: User [admin] from [10.0.0.9] failed to sign in",
    host: "nas-1",
    service: "Connection",
    level: "warn",
    text: "User [admin] from [10.0.0.9] failed to sign in",
  },
  // No program name.
  {
    message: "<189>Nov 28 10:00:04 10.0.0.7 link up on port 7",
    host: "10.0.0.7",
    service: "syslog",
    level: "info",
    text: "link up on port 7",
  },
];

const all = [...byTcp, ...byUdp];
const messagesOf = (sent: readonly Sent[]) => sent.map(({ message }) => message);

for (const collector of collectors) {
  describe(collector, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `network-syslog-${collector}-`));
    const started: (() => unknown)[] = [];
    let loki: Program;
    let running: CollectorUnderTest;
    let port: number;

    before(async () => {
      loki = await startLoki(directory, await freePort());
      started.push(() => loki.stop());
      port = await freePort();
      const settings = logSettings(collector, directory, {
        syslog: {
          port,
          format: "rfc3164",
          protocol: "both",
          hosts: all.map(({ host }) => host),
          services: [...new Set(all.map(({ service }) => service))],
        },
        containers: { enabled: false },
      });
      const pushUrl = `${loki.url}/loki/api/v1/push`;
      running = new CollectorUnderTest(collector, directory, settings, {
        port: await freePort(),
        pushUrl,
        syslogHost: "127.0.0.1",
      });
      started.push(() => running.stop());
      await running.start();
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test("RFC 3164 is stored with host, service and level, at the time of reading", async () => {
      const begin = Date.now();
      await sendTcp(port, messagesOf(byTcp));
      await sendUdp(port, messagesOf(byUdp));
      let entries: StoredEntry[] = [];
      await until("all messages are stored", async () => {
        entries = await storedEntries(loki.url, `{env="${collector}"}`);
        return entries.length >= all.length;
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${JSON.stringify(entries)}\n${running.output().slice(-3000)}`);
      });
      const byText = <T extends { readonly text: string }>(some: readonly T[]) =>
        some.toSorted((one, other) => (one.text < other.text ? -1 : 1));
      assert.deepEqual(
        byText(entries.map(({ labels, metadata, text }) => ({ labels, metadata, text }))),
        byText(
          all.map(({ host, service, level, text }) => ({
            labels: { job: "syslog", host, service, level, cluster: "studio", env: collector },
            metadata: {},
            text,
          })),
        ),
      );
      for (const { time, text } of entries) {
        assert.ok(Date.parse(time) >= begin - 1_000 && Date.parse(time) <= Date.now() + 1_000, `${text}: ${time}`);
      }
    });

    test("messages in another format are counted as unparsed", async () => {
      const before = await unparsed(running.url);
      await sendTcp(port, [
        `<11>1 ${new Date().toISOString()} switch-1 sshd 77 - - x`,
        "<189>237: *Nov 28 10:00:00.295: %SYS-5-CONFIG_I: Configured from console",
        "<11>2026-11-28T10:00:00Z switch-1 sshd[77]: x",
      ]);
      await sendUdp(port, [`<11>1 ${new Date().toISOString()} switch-2 sshd 77 - - x`]);
      await until("four messages are counted", async () => (await unparsed(running.url)) === before + 4);
      // The runbook of SyslogUnparsed searches the log for this.
      await until("four messages are logged", async () => running.output().match(/parsing syslog/g)?.length === 4, 10);
    });
  });
}

const unparsedMetric = /^(?:promtail_syslog_target|loki_source_syslog)_parsing_errors_total(?:\{.*\})? (\S+)$/gm;

async function unparsed(collector: string): Promise<number> {
  const text = await (await fetch(`${collector}/metrics`)).text();
  return [...text.matchAll(unparsedMetric)].reduce((sum, [, value]) => sum + Number(value), 0);
}
