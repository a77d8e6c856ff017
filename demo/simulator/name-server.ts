import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet } from "dns-packet";
import { demoSite } from "../../config/white-room/demo-site.ts";
import type { Faults } from "./faults.ts";

/** Response codes (RFC 1035), the low bits of the flags. */
const servfail = 2;
const nxdomain = 3;

/** A DNS server for the name of the public site. Fails if the port is in use. */
export async function startNameServer(host: string, port: number, faults: Faults): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (message, { address, port: from }) => {
    const answer = answerTo(message, faults.isActive("dns"));
    if (answer !== undefined) socket.send(answer, from, address);
  });
  socket.bind(port, host);
  await once(socket, "listening");
  // A client that has disappeared must not stop the simulator.
  socket.on("error", () => undefined);
  return socket;
}

function answerTo(message: Buffer, broken: boolean): Buffer | undefined {
  let query: Packet;
  try {
    query = decode(message);
  } catch {
    return undefined;
  }
  const [question] = query.questions ?? [];
  if (query.type !== "query" || question === undefined) return undefined;
  const isKnown = question.name.toLowerCase() === demoSite.host;
  const code = broken ? servfail : isKnown ? 0 : nxdomain;
  return encode({
    type: "response",
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | code,
    questions: [question],
    answers:
      code === 0 && question.type === "A" ? [{ type: "A", name: question.name, ttl: 60, data: demoSite.address }] : [],
  });
}
