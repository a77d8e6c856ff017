import { Agent, request } from "node:http";
import { type Context, type Span, SpanKind } from "@opentelemetry/api";
import { demoSite } from "../../config/white-room/demo-site.ts";
import { labelValues } from "../../config/white-room/metrics.ts";
import type { SimulatorConfig } from "../config.ts";
import type { Faults } from "./faults.ts";
import type { FfiFunction } from "./ffi.ts";
import type { Logs } from "./logs.ts";
import type { Random } from "./random.ts";
import { dailyShape } from "./shape.ts";
import { newSpanId } from "./trace.ts";
import { contextOf, failed, outgoingHeaders, type Tracing } from "./tracing.ts";

interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A user action in the app: a request and, if it succeeds, a call into the engine. */
interface Action extends LoadRequest {
  readonly name: string;
  readonly engineCall?: FfiFunction;
}

export interface LoadOptions {
  readonly config: SimulatorConfig;
  /** URL of the swift-frontend. */
  readonly frontend: () => string;
  readonly faults: Faults;
  readonly random: Random;
  readonly logs: Logs;
  readonly tracing: Tracing;
  readonly ffi: { readonly call: (name: FfiFunction, parent: Context) => Promise<void> };
}

const performances = ["afterglow", "blue-hour", "cathedral", "daybreak", "first-light", "glass", "tidal", "undertow"];
const loginMethods = labelValues("whiteroom_auth_attempts_total", "method");
const titleWords = ["amber", "coast", "drift", "echo", "fable", "harbour", "lantern", "meadow", "nocturne", "willow"];
const failedLoginsPerSecond = 8;
const mostInFlight = 200;

/**
 * Simulated users: requests through Nginx, and phones that send events to the swift-frontend. Requests start at a fixed
 * rate without waiting for each other, so that a slow backend does not reduce the load.
 */
export class Load {
  readonly #nginx: string;
  readonly #frontend: () => string;
  readonly #rate: number;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #logs: Logs;
  readonly #tracing: Tracing;
  readonly #ffi: LoadOptions["ffi"];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 15_000 });
  #inFlight = 0;
  #failedLoginsDue = 0;
  #songs: readonly number[] = [];
  #usersHaveCome = false;

  constructor({ config, frontend, faults, random, logs, tracing, ffi }: LoadOptions) {
    this.#nginx = config.nginxUrl.replace(/\/$/, "");
    this.#frontend = frontend;
    this.#rate = config.requestsPerSecond;
    this.#faults = faults;
    this.#random = random;
    this.#logs = logs;
    this.#tracing = tracing;
    this.#ffi = ffi;
  }

  /** Starts the users' requests. Phones and failed logins are independent of this. */
  letUsersIn(): void {
    this.#usersHaveCome = true;
  }

  tick(seconds: number, time: number): void {
    if (this.#faults.isActive("silence")) return;
    // Varies less over the day than user activity, because apps also send background requests.
    const due = this.#rate * seconds * (0.5 + dailyShape(time) / 2);
    const fromUsers = this.#usersHaveCome ? this.#random.poisson(due) : 0;
    for (let left = fromUsers; left > 0; left -= 1) {
      if (this.#random.chance(0.005)) void this.#send(this.#nginx, { method: "GET", path: "/wp-login.php" });
      else void this.#act(this.#userAction());
    }
    for (let left = this.#random.poisson(due / 3); left > 0; left -= 1)
      void this.#send(this.#frontend(), this.#phoneRequest());
    if (!this.#faults.isActive("auth-failures")) return;
    this.#failedLoginsDue += failedLoginsPerSecond * seconds;
    for (; this.#failedLoginsDue >= 1; this.#failedLoginsDue -= 1) void this.#send(this.#nginx, this.#login("guessed"));
  }

  close(): void {
    this.#agent.destroy();
  }

  #userAction(): Action {
    const random = this.#random;
    const share = random.next();
    if (share < 0.34) return { name: "list songs", method: "GET", path: "/api/songs" };
    if (share < 0.62 && this.#songs.length > 0) {
      return { name: "open song", method: "GET", path: `/api/songs/${this.#songId()}`, engineCall: "load_song" };
    }
    if (share < 0.72) return { name: "list performances", method: "GET", path: "/api/performances" };
    if (share < 0.8) {
      const body = { performance: random.pick(performances) };
      const path = "/api/performances/switch";
      return { name: "switch performance", method: "POST", path, body, engineCall: "switch_performance" };
    }
    if (share < 0.87) {
      return { name: "save song", method: "POST", path: "/api/songs", body: this.#song(), engineCall: "save_song" };
    }
    if (share < 0.93) {
      const headers = { authorization: `Bearer demo-${this.#userId()}` };
      return { name: "show profile", method: "GET", path: "/api/profile", headers };
    }
    return { name: "log in", ...this.#login(random.chance(0.03) ? "mistyped" : demoSite.password) };
  }

  #phoneRequest(): LoadRequest {
    if (this.#random.chance(0.8)) {
      const events = Array.from({ length: 1 + this.#random.poisson(6) }, () => ({ kind: "note" }));
      return { method: "POST", path: "/v1/events", body: { events } };
    }
    return { method: "GET", path: "/v1/config", headers: this.#random.chance(0.6) ? { "if-none-match": '"1"' } : {} };
  }

  #login(password: string): LoadRequest {
    return {
      method: "POST",
      path: "/login",
      body: { userId: this.#userId(), password, method: this.#random.pickFirst(loginMethods) },
    };
  }

  /** A song from a list, or occasionally one that does not exist. */
  #songId(): number {
    return this.#random.chance(0.01) ? 0 : this.#random.pick(this.#songs);
  }

  #userId(): number {
    return 1 + Math.floor(this.#random.next() * 200);
  }

  #song(): { userId: number; title: string } {
    const { pick, chance } = this.#random;
    // Conflicts after the first time, which causes an occasional ERROR in the PostgreSQL log.
    if (chance(0.05)) return { userId: 1, title: "untitled" };
    return { userId: this.#userId(), title: `${pick(titleWords)} ${pick(titleWords)} ${newSpanId().slice(0, 6)}` };
  }

  /** Performs a user action in its own trace. */
  async #act({ name, engineCall, ...sent }: Action): Promise<void> {
    if (this.#inFlight >= mostInFlight) return;
    await this.#tracing.run("swift-frontend", name, { root: true }, async (span) => {
      const started = performance.now();
      const status = await this.#sendTraced(sent, span);
      const succeeded = status !== undefined && status < 300;
      if (succeeded && engineCall !== undefined) await this.#ffi.call(engineCall, contextOf(span));
      const { traceId, spanId } = span.spanContext();
      this.#logs.write("swift-frontend", {
        level: succeeded ? "info" : "warn",
        message: `${name} ${succeeded ? "done" : "failed"}`,
        traceId,
        fields: { span_id: spanId, duration_ms: Math.round((performance.now() - started) * 10) / 10 },
      });
    });
  }

  #sendTraced(sent: LoadRequest, parent: Span): Promise<number | undefined> {
    const attributes = {
      "peer.service": "juce-backend",
      "http.request.method": sent.method,
      "url.full": `${this.#nginx}${sent.path}`,
    };
    const options = { kind: SpanKind.CLIENT, attributes, parent: contextOf(parent) };
    return this.#tracing.run("swift-frontend", sent.method, options, async (span) => {
      const headers = { ...sent.headers, ...outgoingHeaders(span) };
      const status = await this.#send(this.#nginx, { ...sent, headers });
      if (status !== undefined) span.setAttribute("http.response.status_code", status);
      if (status === undefined || status >= 400)
        failed(span, { name: String(status ?? "NoResponse"), message: `status ${status ?? "unknown: no response"}` });
      return status;
    });
  }

  /** Sends a request. Resolves to the status once the response has ended, or to undefined if there is no response. */
  #send(origin: string, { method, path, body, headers }: LoadRequest): Promise<number | undefined> {
    if (this.#inFlight >= mostInFlight) return Promise.resolve(undefined);
    this.#inFlight += 1;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(`${origin}${path}`, {
      method,
      agent: this.#agent,
      timeout: 10_000,
      headers: {
        "user-agent": "WhiteRoom/2.14",
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...headers,
      },
    });
    outgoing.on("timeout", () => outgoing.destroy());
    // Unreachable services are visible in the metrics and logs of the others.
    outgoing.on("error", () => undefined);
    let status: number | undefined;
    outgoing.on("response", (response) => {
      status = response.statusCode;
      if (method !== "GET" || path !== "/api/songs" || response.statusCode !== 200) {
        response.resume();
        return;
      }
      let answer = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        answer += chunk;
      });
      response.on("end", () => this.#remember(answer));
    });
    outgoing.end(text);
    return new Promise((resolve) => {
      outgoing.on("close", () => {
        this.#inFlight -= 1;
        resolve(status);
      });
    });
  }

  #remember(answer: string): void {
    try {
      this.#songs = (JSON.parse(answer) as { id: number }[]).map(({ id }) => id);
    } catch {
      // The response was interrupted; the next one replaces the list.
    }
  }
}
