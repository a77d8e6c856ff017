import { Agent, request } from "node:http";
import { labelValues } from "../../config/white-room/metrics.ts";
import type { SimulatorConfig } from "../config.ts";
import type { Faults } from "./faults.ts";
import { demoPassword } from "./juce-backend.ts";
import type { Random } from "./random.ts";
import { dailyShape } from "./shape.ts";
import { newSpanId, newTraceId } from "./trace.ts";

interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
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
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 15_000 });
  #inFlight = 0;
  #failedLoginsDue = 0;
  #songs: readonly number[] = [];
  #usersHaveCome = false;

  constructor(config: SimulatorConfig, frontend: () => string, faults: Faults, random: Random) {
    this.#nginx = config.nginxUrl.replace(/\/$/, "");
    this.#frontend = frontend;
    this.#rate = config.requestsPerSecond;
    this.#faults = faults;
    this.#random = random;
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
    for (let left = fromUsers; left > 0; left -= 1) this.#send(this.#nginx, this.#userRequest());
    for (let left = this.#random.poisson(due / 3); left > 0; left -= 1)
      this.#send(this.#frontend(), this.#phoneRequest());
    if (!this.#faults.isActive("auth-failures")) return;
    this.#failedLoginsDue += failedLoginsPerSecond * seconds;
    for (; this.#failedLoginsDue >= 1; this.#failedLoginsDue -= 1) this.#send(this.#nginx, this.#login("guessed"));
  }

  close(): void {
    this.#agent.destroy();
  }

  #userRequest(): LoadRequest {
    const random = this.#random;
    const share = random.next();
    if (share < 0.34) return { method: "GET", path: "/api/songs" };
    if (share < 0.62 && this.#songs.length > 0) return { method: "GET", path: `/api/songs/${this.#songId()}` };
    if (share < 0.72) return { method: "GET", path: "/api/performances" };
    if (share < 0.8) {
      return { method: "POST", path: "/api/performances/switch", body: { performance: random.pick(performances) } };
    }
    if (share < 0.87) return { method: "POST", path: "/api/songs", body: this.#song() };
    if (share < 0.93) {
      return { method: "GET", path: "/api/profile", headers: { authorization: `Bearer demo-${this.#userId()}` } };
    }
    if (share < 0.995) return this.#login(random.chance(0.03) ? "mistyped" : demoPassword);
    return { method: "GET", path: "/wp-login.php" };
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

  #send(origin: string, { method, path, body, headers }: LoadRequest): void {
    if (this.#inFlight >= mostInFlight) return;
    this.#inFlight += 1;
    const traceId = newTraceId();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(`${origin}${path}`, {
      method,
      agent: this.#agent,
      timeout: 10_000,
      headers: {
        "x-trace-id": traceId,
        traceparent: `00-${traceId}-${newSpanId()}-01`,
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
    outgoing.on("close", () => {
      this.#inFlight -= 1;
    });
    outgoing.on("response", (response) => {
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
  }

  #remember(answer: string): void {
    try {
      this.#songs = (JSON.parse(answer) as { id: number }[]).map(({ id }) => id);
    } catch {
      // Interrupted response; the next list will succeed.
    }
  }
}
