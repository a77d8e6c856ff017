import { createSocket } from "node:dgram";

/** Answers of a name server: ports by service name, and the host of all services. */
export interface Answers {
  readonly services: Readonly<Record<string, number>>;
  readonly host: string;
}

const types = { a: 1, srv: 33 } as const;

/** Serves SRV records of services, and the loopback address of their host, on UDP port 53. */
export async function serveNames({ services, host }: Answers): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { address, port }) => {
    const { name, end } = nameAt(query, 12);
    const type = query.readUInt16BE(end);
    const service = services[name];
    const records: Buffer[] = [];
    if (type === types.srv && service !== undefined) records.push(record(types.srv, srv(service, host)));
    if (type === types.a && name === host) records.push(record(types.a, Buffer.from([127, 0, 0, 1])));
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    // An authoritative answer without an error.
    header.writeUInt16BE(0x8580, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...records]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(53, "127.0.0.1", resolve));
}

function nameAt(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("ascii", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join("."), end: at + 1 };
}

/** A record of the name in the question, to which 0xc00c points. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(5, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function srv(port: number, host: string): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(port, 4);
  const labels = host.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([head, ...labels, Buffer.from([0])]);
}
