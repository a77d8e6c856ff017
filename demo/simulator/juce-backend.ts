import { setTimeout as wait } from "node:timers/promises";
import { demoSite } from "../../config/white-room/demo-site.ts";
import { labelValues } from "../../config/white-room/metrics.ts";
import { juceBackendRoutes } from "../../config/white-room/routes.ts";
import { type Handler, readBody } from "../http-server.ts";
import { renderPage } from "../page.ts";
import type { Cache } from "./cache.ts";
import { type Database, DuplicateTitle } from "./database.ts";
import type { Faults } from "./faults.ts";
import { type Answer, type Call, httpService } from "./http-service.ts";
import type { Logs } from "./logs.ts";
import type { PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import type { ServiceMetrics } from "./registry.ts";
import { stackTrace } from "./stack-traces.ts";
import type { Tracing } from "./tracing.ts";

type JuceCall = Call<(typeof juceBackendRoutes)[number]>;

export interface JuceBackendOptions {
  readonly service: () => PlayedService;
  readonly database: Database;
  readonly cache: Cache;
  readonly faults: Faults;
  readonly logs: Logs;
  readonly random: Random;
  readonly tracing: Tracing;
}

const openFindings: Readonly<Record<string, number>> = { critical: 0, high: 0, medium: 3, low: 11 };

/** Page of the public site, served at `/`. */
const page = renderPage({
  title: "White Room",
  subtitle: "An audio plugin platform.",
  links: [],
  content: "<p>Sign in from the app to create songs.</p>",
  style: "",
  script: "",
});

/** Sets the number of open security findings, by scanner and severity. */
export function initialiseJuceBackend(metrics: ServiceMetrics): void {
  for (const scanner of labelValues("whiteroom_security_findings", "scanner")) {
    for (const [severity, count] of Object.entries(openFindings)) {
      metrics.set("whiteroom_security_findings", count, { scanner, finding_severity: severity });
    }
  }
}

/** HTTP API of the juce-backend, called by Nginx. */
export function juceBackendApi(options: JuceBackendOptions): Handler {
  const { database, faults, random } = options;
  let reads = 0;
  return httpService({
    ...options,
    routes: juceBackendRoutes,
    answer: async (call) => {
      const { method, route } = call.route;
      if (route === "/" || route === "/health") return answer(call, options);
      if (method === "GET") reads += 1;
      const failing = method === "GET" && reads % 5 === 0;
      if (faults.isActive("latency")) await database.stall(random.between(1500, 3000));
      else await wait(Math.min(random.logNormal(9, 0.6), 200));
      if (faults.isActive("errors") && failing) {
        return failure(500, "unhandled exception in request handler", stackTrace(random));
      }
      try {
        return await answer(call, options);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return failure(503, `database unavailable: ${code ?? message}`);
      }
    },
  });
}

function answer(call: JuceCall, options: JuceBackendOptions): Promise<Answer> {
  switch (call.route.route) {
    case "/":
      return Promise.resolve({ status: 200, body: undefined, page });
    case "/health":
      return Promise.resolve({ status: 200, body: { status: "ok" } });
    case "/api/songs":
      return call.route.method === "GET" ? listSongs(options) : createSong(call, options);
    case "/api/songs/:id":
      return showSong(call, options);
    case "/api/performances":
      return listPerformances(options);
    case "/api/performances/switch":
      return switchPerformance(call, options);
    case "/api/profile":
      return showProfile(call, options);
    case "/login":
      return logIn(call, options);
  }
}

async function listSongs({ cache, database }: JuceBackendOptions): Promise<Answer> {
  const cached = await cache.get("songs:latest");
  if (cached !== undefined) return { status: 200, body: JSON.parse(cached) };
  const songs = await database.latestSongs();
  await cache.set("songs:latest", JSON.stringify(songs), 5);
  return { status: 200, body: songs };
}

async function showSong({ path }: JuceCall, { cache, database }: JuceBackendOptions): Promise<Answer> {
  const id = Number(path.split("/").at(-1));
  const key = `song:${id}`;
  const cached = await cache.get(key);
  if (cached !== undefined) return { status: 200, body: JSON.parse(cached) };
  const song = Number.isSafeInteger(id) ? await database.song(id) : undefined;
  if (song === undefined) return { status: 404, body: { error: "no such song" } };
  await cache.set(key, JSON.stringify(song), 60);
  return { status: 200, body: song };
}

async function createSong({ request }: JuceCall, { database }: JuceBackendOptions): Promise<Answer> {
  const { userId, title } = await jsonBody(request);
  if (typeof userId !== "number" || typeof title !== "string") {
    return { status: 400, body: { error: "userId and title are required" } };
  }
  try {
    return { status: 201, body: await database.createSong(userId, title), userId: `u-${userId}` };
  } catch (error) {
    if (!(error instanceof DuplicateTitle)) throw error;
    return {
      status: 409,
      body: { error: error.message },
      userId: `u-${userId}`,
      log: { message: "song title already taken" },
    };
  }
}

async function listPerformances({ database }: JuceBackendOptions): Promise<Answer> {
  return { status: 200, body: await database.performances() };
}

async function switchPerformance({ request }: JuceCall, { cache, database }: JuceBackendOptions): Promise<Answer> {
  const { performance } = await jsonBody(request);
  if (typeof performance !== "string" || !(await database.switchPerformance(performance))) {
    return { status: 400, body: { error: "no such performance" } };
  }
  await cache.set("performance:current", performance, 3600);
  return { status: 200, body: { performance }, log: { message: `performance switched to ${performance}` } };
}

async function showProfile({ request }: JuceCall, { cache, database }: JuceBackendOptions): Promise<Answer> {
  const id = Number(/^Bearer demo-(\d+)$/.exec(request.headers.authorization ?? "")?.[1]);
  if (!Number.isInteger(id)) return { status: 401, body: { error: "log in first" } };
  const cached = await cache.get(`session:${id}`);
  if (cached !== undefined) return { status: 200, body: JSON.parse(cached), userId: `u-${id}` };
  const user = await database.user(id);
  if (user === undefined) return { status: 401, body: { error: "log in first" } };
  return { status: 200, body: user, userId: `u-${id}` };
}

async function logIn({ request }: JuceCall, options: JuceBackendOptions): Promise<Answer> {
  const { cache, database, faults, service } = options;
  const { userId, password, method } = await jsonBody(request);
  if (typeof userId !== "number" || !labelValues("whiteroom_auth_attempts_total", "method").includes(String(method))) {
    return { status: 400, body: { error: "userId, password and method are required" } };
  }
  const user = password === demoSite.password ? await database.user(userId) : undefined;
  const result = user === undefined ? "failure" : "success";
  service().metrics.count("whiteroom_auth_attempts_total", { result, method: String(method) });
  if (user === undefined) {
    const log = { message: `login failed: wrong ${String(method)}` };
    return { status: 401, body: { error: "invalid user or password" }, userId: `u-${userId}`, log };
  }
  await cache.set(`session:${userId}`, JSON.stringify(user), 3600);
  const body = faults.isActive("login-broken") ? {} : { token: `demo-${userId}` };
  return { status: 200, body, userId: `u-${userId}`, log: { message: "logged in" } };
}

async function jsonBody(request: JuceCall["request"]): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = JSON.parse(await readBody(request, 65_536));
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function failure(status: number, message: string, stack?: readonly string[]): Answer {
  return {
    status,
    body: { error: message },
    log: { message, level: "error", ...(stack === undefined ? {} : { stack }) },
  };
}
