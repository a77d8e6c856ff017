import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "../../scripts/lib/free-port.ts";

test("free ports are unique, can be listened on, and are not ephemeral ports", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  assert.equal(new Set(ports).size, 50);
  assert.ok(Math.max(...ports) < 32_768, `${Math.max(...ports)}`);
  for (const port of ports.slice(0, 5)) {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
  }
});
