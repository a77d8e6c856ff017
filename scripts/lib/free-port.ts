import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const handedOut = new Set<number>();

/**
 * A free TCP port on the loopback interface, never the same one twice. Between 20,000 and 31,999, because Linux, macOS and
 * Windows use higher ports for outgoing connections, which could take the port before the caller listens on it.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(20_000, 32_000);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error("none of 100 ports between 20,000 and 31,999 is free");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
