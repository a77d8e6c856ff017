import type { Server } from "node:net";
import PostalMime, { type Address } from "postal-mime";
import { SMTPServer } from "smtp-server";
import type { Behaviours } from "./behaviours.ts";
import { fingerprint, type Notifications } from "./notifications.ts";

const mostBytes = 1_048_576;
const shown = new Set(["subject", "from", "to"]);

/** An SMTP server without TLS that accepts all messages, with or without authentication. */
export async function startMail(
  host: string,
  port: number,
  notifications: Notifications,
  behaviours: Behaviours,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = new SMTPServer({
    name: "demo-sinks",
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ["PLAIN", "LOGIN"],
    size: mostBytes,
    logger: false,
    closeTimeout: 500,
    onAuth: ({ password }, _session, done) => {
      done(null, { user: typeof password !== "string" ? "" : fingerprint(password) });
    },
    onData: (stream, session, done) => {
      void (async () => {
        try {
          const raw = await readAll(stream);
          const status = await behaviours.apply("email");
          if (status !== undefined) return done(refusal(451, `rejected as configured (${status})`));
          if (stream.sizeExceeded) return done(refusal(552, "the message is too large"));
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          const key = typeof session.user === "string" && session.user !== "" ? session.user : undefined;
          notifications.add({
            kind: "email",
            recipients,
            ...(key === undefined ? {} : { key_fingerprint: key }),
            ...(await parseMessage(raw)),
          });
          done();
        } catch (error) {
          done(refusal(554, (error as Error).message));
        }
      })();
    },
  });
  // Ignore clients that disconnect in the middle of a message.
  server.on("error", () => undefined);
  const listening = await new Promise<Server>((resolve, reject) => {
    server.server.once("error", reject);
    const started: Server = server.listen(port, host, () => resolve(started));
  });
  return {
    port: (listening.address() as { port: number }).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function parseMessage(raw: Buffer) {
  const { subject = "", from, to = [], text, html, headers } = await PostalMime.parse(raw);
  return {
    summary: subject === "" ? "(no subject)" : subject,
    payload: {
      subject,
      from: from === undefined ? "" : show(from),
      to: to.map(show),
      text: text ?? "",
      html: html ?? "",
      headers: Object.fromEntries(headers.filter(({ key }) => !shown.has(key)).map(({ key, value }) => [key, value])),
    },
  };
}

function show(address: Address): string {
  const own = address.address ?? "";
  return address.name === "" ? own : `${address.name} <${own}>`;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
