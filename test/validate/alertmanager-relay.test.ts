import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { needs } from "../binaries.ts";
import { Authority } from "../kubernetes/cluster/certificates.ts";
import { alertingSettings } from "../unit/alertmanager-settings.ts";
import { startAlertmanager } from "./alertmanager-running.ts";

const off = { enabled: false };
const quick = { groupWait: "0s", groupInterval: "1s", repeatInterval: "1h" };
const waits = { critical: quick, high: quick, medium: quick, low: quick };
const alert = { labels: { alertname: "Any", severity: "critical", service: "a", cluster: "test", team: "platform" } };
const to = { default: ["oncall@example.com"] };
const teams = { security: { email: ["s@example.com"] }, database: { email: ["d@example.com"] } };

describe("strict receivers", needs("alertmanager"), () => {
  let folder: string;
  let ca: string;
  let relay: SMTPServer;
  const mails: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "white-room-relay-"));
    const authority = await Authority.create(folder);
    ca = readFileSync(authority.certificate, "utf8");
    const { certificate, key } = await authority.issue("relay", { user: "relay", addresses: ["relay.internal"] });
    relay = new SMTPServer({
      cert: readFileSync(certificate),
      key: readFileSync(key),
      authOptional: true,
      onMailFrom: (_address, { hostNameAppearsAs, secure }, done) => {
        if (!secure) return done(new Error("530 TLS is required"));
        return done(hostNameAppearsAs === "localhost" ? new Error("501 EHLO localhost is refused") : null);
      },
      onData: (stream, session, done) => {
        stream.resume();
        stream.on("end", () => {
          mails.push(String(session.hostNameAppearsAs));
          done();
        });
      },
    });
    // Clients that do not trust it hang up.
    relay.on("error", () => undefined);
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    await new Promise<void>((resolve) => relay.close(() => resolve()));
    rmSync(folder, { recursive: true });
  });

  async function mailsWith(email: Record<string, unknown>): Promise<string[]> {
    mails.length = 0;
    const smarthost = `127.0.0.1:${(relay.server.address() as AddressInfo).port}`;
    const settings = alertingSettings({
      ...{ pagerduty: off, slack: off, heartbeat: off, waits, teams },
      email: { smarthost, to, ...email },
    });
    const alertmanager = await startAlertmanager(settings, { slackCredential: "bot" }, {});
    try {
      await alertmanager.post([alert]);
      const deadline = Date.now() + 4_000;
      while (mails.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
      return [...mails];
    } finally {
      await alertmanager.stop();
    }
  }

  test("a relay with a private CA that rejects EHLO localhost accepts the mail", async () => {
    const tls = { ca, serverName: "relay.internal" };
    assert.deepEqual(await mailsWith({ hello: "monitoring.example.com", tls }), ["monitoring.example.com"]);
  });

  test("it accepts no mail without the CA, the name in its certificate, or a host name", async () => {
    const hello = "monitoring.example.com";
    assert.deepEqual(await mailsWith({ hello, tls: { serverName: "relay.internal" } }), []);
    assert.deepEqual(await mailsWith({ hello, tls: { ca, serverName: "other.internal" } }), []);
    assert.deepEqual(await mailsWith({ tls: { ca, serverName: "relay.internal" } }), []);
  });

  test("notifications go through the proxy", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end("{}");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const settings = alertingSettings({
      ...{ slack: off, heartbeat: off, email: off, waits },
      proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      pagerduty: { url: "http://events.pagerduty.invalid/v2/enqueue" },
    });
    const keys = ["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutySecurityKey"];
    const secrets = Object.fromEntries(keys.map((key) => [key, key]));
    const alertmanager = await startAlertmanager(settings, { slackCredential: "bot" }, secrets);
    try {
      await alertmanager.post([alert]);
      const deadline = Date.now() + 10_000;
      while (asked.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(asked[0], "POST http://events.pagerduty.invalid/v2/enqueue");
    } finally {
      await alertmanager.stop();
      proxy.close();
    }
  });
});
