import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";

/** Sends messages over TCP, each followed by a line feed. */
export async function sendTcp(port: number, messages: readonly string[]): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.end(messages.map((message) => `${message}\n`).join(""));
  await once(socket, "close");
}

/** Sends messages over UDP, one datagram each, without a line feed. */
export async function sendUdp(port: number, messages: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const message of messages) {
    await new Promise<void>((done, failed) =>
      socket.send(message, port, "127.0.0.1", (error) => (error ? failed(error) : done())),
    );
  }
  socket.close();
}
