import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { eventually, marker } from "../running-stack.ts";
import { stack } from "./sandbox.ts";

/** What must be true of the logs, whichever collector runs. */
export function logTests(): void {
  test("one request to Nginx is a metric, a log line with level, service and trace id, and counted from the log", async () => {
    const requests = async () =>
      (await stack.prometheus('sum(whiteroom_nginx_requests_total{code="404"})'))[0]?.value ?? 0;
    const handled = async () => (await stack.prometheus("sum(nginx_http_requests_total)"))[0]?.value ?? 0;
    const [countedBefore, handledBefore] = [await requests(), await handled()];
    const trace = marker();
    await stack.execute("demo-simulator", [
      "node",
      "-e",
      `await fetch("http://demo-nginx:8080/no-such-song-${trace}", { headers: { "x-trace-id": "${trace}", traceparent: "00-${trace}-00f067aa0ba902b7-01" } })`,
      "--input-type=module",
    ]);
    const [line] = await eventually("the access log line in Loki", 30, async () => {
      const lines = await stack.loki(`{service="nginx"} | trace_id="${trace}"`);
      return lines.length > 0 && lines;
    });
    assert.equal(line?.labels["service"], "nginx");
    assert.equal(line?.labels["level"], "warn");
    assert.equal(line?.labels["trace_id"], trace);
    // Not "more than before": a collector that has just been restarted counts from the start.
    await eventually("the request counted from the log", 30, async () => (await requests()) !== countedBefore);
    await eventually("the request counted by Nginx", 30, async () => (await handled()) > handledBefore);
  });

  test("a PostgreSQL error is in Loki", async () => {
    const table = `missing_${marker()}`;
    // Over the local socket, which the image trusts: a refused login would be an error, too.
    await assert.rejects(
      stack.execute("demo-postgres", ["psql", "-U", "white_room", "-c", `SELECT * FROM ${table}`]),
      /does not exist/,
    );
    const [line] = await eventually("the error in Loki", 30, async () => {
      const lines = await stack.loki(`{service="postgres", level="error"} |= \`${table}\``);
      return lines.length > 0 && lines;
    });
    assert.match(line?.line ?? "", new RegExp(`relation .*${table}.* does not exist`));
  });

  test("a syslog message sent to the listener is in Loki", async () => {
    const word = marker();
    const socket = connect(1514, "127.0.0.1");
    socket.end(`<131>1 ${new Date().toISOString()} studio-7 mixer 42 ID1 - fader ${word} is stuck\n`);
    const [line] = await eventually("the message in Loki", 30, async () => {
      const lines = await stack.loki(`{job="syslog"} |= \`${word}\``);
      return lines.length > 0 && lines;
    });
    assert.equal(line?.labels["level"], "error");
    assert.equal(line?.labels["host"], "studio-7");
  });
}
