import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

/** One notification as it arrived. `way` is the path's first part, or "mail". */
export interface Received {
  readonly way: "pagerduty" | "slack" | "webhook" | "msteams" | "heartbeat" | "mail";
  /** Empty for mail. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: the payload's shape is what the tests assert
  readonly body: any;
}

/** Receivers on loopback that record what arrives. */
export interface Sinks {
  readonly url: string;
  readonly smarthost: string;
  readonly received: readonly Received[];
  /** Answers requests of this kind with this status from now on. */
  answer(way: Received["way"], status: number): void;
  /** Waits for the first notification that fits. */
  next(fits: (received: Received) => boolean, what: string): Promise<Received>;
  close(): Promise<void>;
}

const patience = 15_000;

export async function startSinks(): Promise<Sinks> {
  const received: Received[] = [];
  const answers = new Map<string, number>();
  const http = createServer(async (request, response) => {
    const content = await whole(request);
    const way = (request.url ?? "").split("/")[1] as Received["way"];
    const status = answers.get(way) ?? 200;
    if (status === 200) {
      received.push({ way, path: request.url ?? "", headers: request.headers, body: JSON.parse(content.toString()) });
    }
    response.writeHead(status, { "content-type": "application/json" }).end('{"ok":true}');
  });
  const smtp = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) => done(null, { user: `${username}:${password}` }),
    onData: async (stream, session, done) => {
      const mail = await PostalMime.parse(await whole(stream));
      const to = session.envelope.rcptTo.map(({ address }) => address);
      received.push({ way: "mail", path: "", headers: {}, body: { ...mail, envelope: to, user: session.user } });
      done();
    },
  });
  await listen(http);
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  const taken = new Set<Received>();
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    smarthost: `127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
    received,
    answer: (way, status) => answers.set(way, status),
    next: async (fits, what) => {
      const deadline = Date.now() + patience;
      for (;;) {
        const found = received.find((item) => !taken.has(item) && fits(item));
        if (found) {
          taken.add(found);
          return found;
        }
        if (Date.now() > deadline) {
          const arrived = received.map((item) => `  ${item.way}: ${JSON.stringify(item.body).slice(0, 160)}`);
          throw new Error(`${what} did not arrive; arrived:\n${arrived.join("\n")}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    close: async () => {
      http.closeAllConnections();
      await Promise.all([
        new Promise((resolve) => http.close(resolve)),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ]);
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

async function whole(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
