import { connect, type Socket } from "node:net";
import { studioController } from "../../config/white-room/log-formats.ts";
import type { SimulatorConfig } from "../config.ts";

/** RFC 5424 severities. */
export const syslogSeverity = { warning: 4, notice: 5, info: 6 } as const;

export interface SyslogMessage {
  readonly severity: keyof typeof syslogSeverity;
  readonly messageId: string;
  readonly text: string;
  readonly traceId: string;
}

const localFacility = 16;
const longestWait = 30_000;

/** Formats an RFC 5424 message. 32473 is the enterprise number reserved for examples (RFC 5612). */
export function renderSyslog(
  { severity, messageId, text, traceId }: SyslogMessage,
  time: Date,
  processId: number,
): string {
  const priority = localFacility * 8 + syslogSeverity[severity];
  const data = `[whiteroom@32473 trace_id="${traceId}"]`;
  const { hostname, program } = studioController;
  return `<${priority}>1 ${time.toISOString()} ${hostname} ${program} ${processId} ${messageId} ${data} ${text}`;
}

/** A TCP sender with octet counting (RFC 6587). While the listener is unreachable, it drops messages and reconnects. */
export class Syslog {
  readonly #config: SimulatorConfig["syslog"];
  #socket: Socket | undefined;
  #connected = false;
  #wait = 1000;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(config: SimulatorConfig["syslog"]) {
    this.#config = config;
    this.#connect();
  }

  send(message: SyslogMessage): void {
    if (!this.#connected) return;
    const text = renderSyslog(message, new Date(), process.pid);
    this.#socket?.write(`${Buffer.byteLength(text)} ${text}`);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    const { host, port } = this.#config;
    const socket = connect({ host, port });
    this.#socket = socket;
    socket.setKeepAlive(true, 30_000);
    socket.on("connect", () => {
      this.#connected = true;
      this.#wait = 1000;
    });
    // Without reading incoming data, the end of the connection would not be detected.
    socket.resume();
    socket.on("end", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#connected = false;
      if (this.#closed) return;
      this.#timer = setTimeout(() => this.#connect(), this.#wait);
      this.#timer.unref();
      this.#wait = Math.min(this.#wait * 2, longestWait);
    });
  }
}
