import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { type Sinks, startSinks } from "../../demo/sinks/sinks.ts";

/* Attacks on the real receivers of the demo: what a sender or a website can do to the page of notifications. */
describe("demo notifications", () => {
  let sinks: Sinks;
  let port: number;

  before(async () => {
    const links = [{ title: "Demo", url: "http://monitoring.example.com:8009/" }];
    sinks = await startSinks({ listen: "127.0.0.1", ports: { http: 0, smtp: 0 }, links }, () => {});
    port = sinks.ports.http;
  });
  after(() => sinks.stop());

  /** Unlike fetch, sends any Host. */
  function ask(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: response.statusCode, text }));
      });
      sent.on("error", reject).end(body);
    });
  }
  const page = () => ask("GET", "/notifications", { accept: "text/html" });
  const clear = () => ask("DELETE", "/notifications");

  const event = {
    routing_key: "key",
    event_action: "trigger",
    payload: { summary: "still shown", source: "a:1", severity: "critical" },
  };
  const slack = { authorization: "Bearer token" };

  const odd: readonly unknown[] = [null, 1, "text", [], {}, [null], [[]], { toString: 1 }, { length: 1 }, { map: 1 }];

  test("no notification, whatever is in it, breaks the page for the others", async () => {
    await clear();
    await ask("POST", "/pagerduty/v2/enqueue", {}, JSON.stringify(event));
    for (const value of odd) {
      const bodies: [string, Record<string, string>, unknown][] = [
        ["/slack/webhook/x", {}, { text: "t", attachments: value }],
        ["/slack/webhook/x", {}, { text: "t", attachments: [value] }],
        ["/slack/webhook/x", {}, { attachments: [value, { title: "t", text: value, color: value }] }],
        ["/slack/webhook/x", {}, { text: value, blocks: [value] }],
        ["/slack/api/chat.postMessage", slack, { channel: "#c", text: "t", attachments: value }],
        ["/slack/api/chat.postMessage", slack, { channel: value, text: value, ts: value }],
        ["/pagerduty/v2/enqueue", {}, { ...event, links: value }],
        ["/pagerduty/v2/enqueue", {}, { ...event, links: [value, { href: value, text: value }] }],
        ["/pagerduty/v2/enqueue", {}, { ...event, payload: { ...event.payload, custom_details: value } }],
        ["/pagerduty/v2/enqueue", {}, { ...event, payload: { ...event.payload, custom_details: { a: value } } }],
        ["/pagerduty/v2/enqueue", {}, { ...event, event_action: "resolve", dedup_key: "d", payload: value }],
        [
          "/pagerduty/v2/enqueue",
          {},
          { ...event, event_action: value, payload: { ...event.payload, severity: value } },
        ],
        ["/heartbeat/x", {}, { status: value }],
        ["/heartbeat/x", {}, value],
      ];
      for (const [path, headers, body] of bodies) {
        const text = JSON.stringify(body);
        for (const sent of [text, `payload=${encodeURIComponent(text)}`]) {
          const { status } = await ask("POST", path, headers, sent);
          assert.ok(status !== undefined && status < 500, `${status} for ${path} ${sent}`);
        }
      }
    }
    const { status, text } = await page();
    assert.equal(status, 200);
    assert.match(text, /still shown/);
    assert.equal((await ask("GET", "/notifications")).status, 200);
  });

  test("deeply nested notifications are rejected, because no page could show them", async () => {
    await clear();
    const deep = (levels: number) => `{"text":"t","attachments":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    assert.equal((await ask("POST", "/slack/webhook/x", {}, deep(400_000))).status, 400);
    assert.equal((await ask("POST", "/slack/webhook/x", {}, deep(50))).status, 200);
    assert.equal((await page()).status, 200);
  });

  test("a page of another site can neither send notifications nor clear them", async () => {
    await clear();
    const host = `localhost:${port}`;
    const foreign: Record<string, string>[] = [
      { host, "sec-fetch-site": "cross-site" },
      { host, "sec-fetch-site": "same-site" },
      { host, origin: "https://evil.example" },
      { host, origin: "http://localhost:1" },
      { host, origin: "null" },
    ];
    const paths = ["/slack/webhook/x", "/slack/api/chat.postMessage", "/pagerduty/v2/enqueue", "/heartbeat/x"];
    for (const headers of foreign) {
      for (const path of paths) assert.equal((await ask("POST", path, headers, JSON.stringify(event))).status, 403);
      assert.equal((await ask("GET", "/heartbeat/x", headers)).status, 403);
      assert.equal((await ask("DELETE", "/notifications", headers)).status, 403);
      assert.equal((await ask("POST", "/behaviour/slack-api", headers, '{"status":500}')).status, 403);
    }
    assert.deepEqual(JSON.parse((await ask("GET", "/notifications")).text), []);
    // The page's own button.
    assert.equal((await ask("DELETE", "/notifications", { host, origin: `http://${host}` })).status, 200);
  });

  test("a website that points its own name at this server gets no answer", async () => {
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      "monitoring.example.com.evil",
    ]) {
      const headers = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
      assert.equal((await ask("GET", "/notifications", headers)).status, 421, host);
      assert.equal((await ask("DELETE", "/notifications", headers)).status, 421, host);
      assert.equal((await ask("POST", "/heartbeat/x", headers)).status, 421, host);
    }
    for (const host of [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      "demo-sinks:8025",
      "monitoring.example.com",
    ])
      assert.equal((await ask("GET", "/notifications", { host })).status, 200, host);
  });
});

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}
