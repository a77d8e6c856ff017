import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const handedOut = new Set<number>();

/**
 * Returns a free TCP port on the loopback interface, never the same one twice. It is below the ephemeral ranges of Linux, macOS
 * and Windows, so that no outgoing connection takes it before the caller listens on it.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(20_000, 30_000);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port between 20,000 and 29,999 in 100 attempts");
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
