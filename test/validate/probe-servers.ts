import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

interface Identity {
  readonly cert: string;
  readonly key: string;
  /** CA for client certificates. If set, clients must present one. */
  readonly ca?: string;
}

/** Servers on loopback that answer probes; `close` ends all. */
export class ProbeServers {
  readonly #closers: (() => void)[] = [];

  async http(answer: RequestListener, identity?: Identity): Promise<number> {
    const server =
      identity === undefined
        ? createHttpServer(answer)
        : createHttpsServer({ ...identity, requestCert: identity.ca !== undefined }, answer);
    return this.#listen(server);
  }

  async tcp(talk: (socket: Socket) => void, identity?: Identity): Promise<number> {
    const answer = (socket: Socket) => {
      socket.on("error", () => {});
      talk(socket);
    };
    return this.#listen(identity === undefined ? createServer(answer) : createTlsServer(identity, answer));
  }

  /** A server with the gRPC health service, which serves only `service`. */
  async grpc(service: string): Promise<number> {
    const server = createHttp2Server();
    server.on("stream", (stream) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        // After the five bytes of the frame: field 1, the name of the service.
        const known = Buffer.concat(chunks).subarray(7).toString() === service;
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": known ? "0" : "5" }));
        // Status SERVING.
        stream.end(known ? Buffer.from([0, 0, 0, 0, 2, 8, 1]) : undefined);
      });
    });
    return this.#listen(server as unknown as Server);
  }

  /** A DNS server that answers every question for an A record with this address. */
  async dns(address: string): Promise<number> {
    const socket = createSocket("udp4");
    socket.on("message", (question, client) => {
      const name = question.subarray(12, question.indexOf(0, 12) + 5);
      const header = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
      const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
      socket.send(Buffer.concat([header, name, record]), client.port, client.address);
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    this.#closers.push(() => socket.close());
    return socket.address().port;
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  async #listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
    });
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }
}
