import { SpanKind } from "@opentelemetry/api";
import { Redis } from "ioredis";
import type { SimulatorConfig } from "../config.ts";
import { readSecret } from "./secret-file.ts";
import type { Tracing } from "./tracing.ts";

/** The juce-backend's Redis cache. If it is down or slow, every lookup is a miss and no request fails. */
export interface Cache {
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, value: string, seconds: number) => Promise<void>;
  readonly close: () => void;
}

/** Connects in the background with retries; `onChange` reports when Redis becomes reachable or unreachable. */
export function openCache(
  config: SimulatorConfig["redis"],
  tracing: Tracing,
  onChange: (reachable: boolean) => void,
): Cache {
  const redis = new Redis({
    host: config.host,
    port: config.port,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.passwordFile === undefined ? {} : { password: readSecret(config.passwordFile) }),
    connectTimeout: 1000,
    commandTimeout: 100,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 2000),
  });
  let reachable: boolean | undefined;
  const become = (now: boolean) => {
    if (reachable === now) return;
    reachable = now;
    onChange(now);
  };
  redis.on("ready", () => become(true));
  redis.on("error", () => become(false));
  redis.on("close", () => become(false));
  const traced = <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    const server = { "peer.service": "redis", "server.address": config.host, "server.port": config.port };
    const attributes = { "db.system.name": "redis", "db.operation.name": operation, ...server };
    return tracing.call("juce-backend", operation, { kind: SpanKind.CLIENT, attributes }, work);
  };
  return {
    get: async (key) => {
      try {
        return (await traced("GET", () => redis.get(key))) ?? undefined;
      } catch {
        return undefined;
      }
    },
    set: async (key, value, seconds) => {
      try {
        await traced("SET", () => redis.set(key, value, "EX", seconds));
      } catch {
        // The next request is a miss and queries PostgreSQL.
      }
    },
    close: () => {
      redis.removeAllListeners("close");
      redis.disconnect();
    },
  };
}
