import type { Server } from "node:http";
import type { Service } from "../../config/white-room/metrics.ts";
import { close, type Handler, listen, portOf, send } from "../http-server.ts";
import { createServiceMetrics, type ServiceMetrics } from "./registry.ts";

/** A port of a service. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly handler: Handler;
}

/**
 * A simulated service. It can crash, which closes its ports, and restart with its counters at 0, like a real process.
 */
export class PlayedService {
  readonly name: Service;
  readonly #host: string;
  readonly #ports: readonly ServicePort[];
  readonly #initialise: (metrics: ServiceMetrics) => void;
  readonly #exemplars: boolean;
  readonly #numbers = new Map<string, number>();
  #servers: Server[] = [];
  #metrics: ServiceMetrics;
  #wanted = false;
  #connections = 0;
  #settling: Promise<void> = Promise.resolve();

  constructor(
    name: Service,
    host: string,
    ports: readonly ServicePort[],
    initialise: (metrics: ServiceMetrics) => void,
    exemplars: boolean,
  ) {
    this.name = name;
    this.#host = host;
    this.#ports = ports;
    this.#initialise = initialise;
    this.#exemplars = exemplars;
    this.#metrics = this.#freshMetrics();
  }

  get metrics(): ServiceMetrics {
    return this.#metrics;
  }

  get isUp(): boolean {
    return this.#wanted;
  }

  /** Number of open client connections. */
  get connections(): number {
    return this.#connections;
  }

  /** A port number by name; available once the service has started. */
  port(name: string): number {
    return this.#numbers.get(name) ?? 0;
  }

  /** Opens the ports and resets counters; no-op if it is up. */
  start(): Promise<void> {
    return this.#settle(true);
  }

  /** Closes the ports and all connections; no-op if it is down. */
  stop(): Promise<void> {
    return this.#settle(false);
  }

  // Serialised, because a fault may end while its crash is still closing connections.
  #settle(wanted: boolean): Promise<void> {
    if (wanted && !this.#wanted) this.#metrics = this.#freshMetrics();
    this.#wanted = wanted;
    this.#settling = this.#settling
      .catch(() => undefined)
      .then(async () => {
        if (this.#wanted && this.#servers.length === 0) await this.#open();
        if (!this.#wanted) await Promise.all(this.#servers.splice(0).map(close));
      });
    return this.#settling;
  }

  async #open(): Promise<void> {
    for (const { name, port, handler } of this.#ports) {
      const server = await listen(handler, this.#host, this.#numbers.get(name) ?? port);
      this.#numbers.set(name, portOf(server));
      server.on("connection", (socket) => {
        this.#connections += 1;
        socket.once("close", () => {
          this.#connections -= 1;
        });
      });
      this.#servers.push(server);
    }
  }

  #freshMetrics(): ServiceMetrics {
    const metrics = createServiceMetrics(this.name, Date.now(), this.#exemplars);
    this.#initialise(metrics);
    return metrics;
  }
}

/** Handles `/metrics`; returns false for other paths. */
export async function answerMetrics(service: PlayedService, ...[request, response]: Parameters<Handler>) {
  if (request.url !== "/metrics") return false;
  const { registry } = service.metrics;
  send(response, 200, registry.contentType, await registry.metrics());
  return true;
}
