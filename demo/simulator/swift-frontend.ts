import { setTimeout as wait } from "node:timers/promises";
import { swiftFrontendRoutes } from "../../config/white-room/routes.ts";
import { type Handler, readBody } from "../http-server.ts";
import { httpService } from "./http-service.ts";
import type { Logs } from "./logs.ts";
import { answerMetrics, type PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import type { Tracing } from "./tracing.ts";

export interface SwiftFrontendOptions {
  readonly service: () => PlayedService;
  readonly logs: Logs;
  readonly random: Random;
  readonly tracing: Tracing;
}

/** HTTP API of the swift-frontend for events from phones, and its metrics. */
export function swiftFrontendApi(options: SwiftFrontendOptions): Handler {
  const { random } = options;
  const api = httpService({
    ...options,
    routes: swiftFrontendRoutes,
    answer: async ({ route, request }) => {
      await wait(Math.min(random.logNormal(4, 0.5), 100));
      if (route.route === "/v1/config") {
        const known = request.headers["if-none-match"] === '"1"';
        return { status: known ? 304 : 200, body: { features: ["rhythm_generator", "harmony_generator"] } };
      }
      const events = Number(await readBody(request, 65_536).then(eventCount));
      if (!(events > 0)) return { status: 400, body: { error: "events are required" } };
      return { status: 202, body: { accepted: events }, log: { message: `accepted ${events} events` } };
    },
  });
  return async (request, response) => {
    if (!(await answerMetrics(options.service(), request, response))) await api(request, response);
  };
}

function eventCount(body: string): number {
  try {
    const { events } = JSON.parse(body) as { events?: unknown };
    return Array.isArray(events) ? events.length : 0;
  } catch {
    return 0;
  }
}
