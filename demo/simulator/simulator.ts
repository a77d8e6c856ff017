import type { Service } from "../../config/white-room/metrics.ts";
import type { SimulatorConfig } from "../config.ts";
import { close, listen, portOf } from "../http-server.ts";
import type { Running } from "../program.ts";
import { audioEngine } from "./audio-engine.ts";
import { backgroundLogs } from "./background.ts";
import { business, typicalSessions } from "./business.ts";
import { openCache } from "./cache.ts";
import { keepCertificate } from "./certificate.ts";
import { controlHandler } from "./control.ts";
import { Database } from "./database.ts";
import { type ActiveFault, Faults } from "./faults.ts";
import { ffiCalls } from "./ffi.ts";
import { Load } from "./load.ts";
import { rotateWhenLarge } from "./log-file.ts";
import { type Logs, openLogs } from "./logs.ts";
import { startNameServer } from "./name-server.ts";
import type { PlayedService } from "./played-service.ts";
import { createRandom, type Random } from "./random.ts";
import { createServices } from "./services.ts";
import { stackTrace } from "./stack-traces.ts";
import { studioController } from "./studio-controller.ts";
import { Syslog } from "./syslog.ts";
import { type SpanSender, Tracing } from "./tracing.ts";

/** A running simulator. */
export interface Simulator extends Running {
  readonly faults: Faults;
  /** The actual ports, if the config has port 0. */
  readonly ports: SimulatorConfig["ports"];
}

type WriteLine = (line: string) => void;

const fastTick = 100;
const slowTick = 1000;
const pruneEvery = 300_000;
const longestWait = 60_000;

/** Starts the services, the load and the control port. Fails if a port is in use or a log file cannot be created. */
export async function startSimulator(
  config: SimulatorConfig,
  writeStdout: WriteLine = (line) => void process.stdout.write(`${line}\n`),
  spans?: SpanSender,
): Promise<Simulator> {
  const tracing = new Tracing(spans);
  const random = createRandom(config.seed ?? 1);
  const faults = new Faults();
  const isSilent = (service: Service) => faults.isActive("silence") || !played[service].isUp;
  const logs = openLogs(config.logDirectory, isSilent, writeStdout);
  const database = new Database(config.postgres, tracing);
  const cache = openCache(config.redis, tracing, (reachable) => {
    const message = reachable ? "cache connected" : "cache unreachable, continuing without it";
    logs.write("juce-backend", { level: reachable ? "info" : "warn", message });
  });
  const played = createServices({ config, database, cache, faults, logs, random, tracing, deployedAt: Date.now() });
  const services = Object.values(played);
  await Promise.all(services.map((service) => service.start()));
  const stopCertificate = await keepCertificate(config.certificateFile, faults);
  const nameServer = await startNameServer(config.listen, config.ports.dns, faults);

  const control = await listen(
    controlHandler({
      faults,
      links: config.links,
      services: () =>
        services.map((service) => ({ name: service.name, up: service.isUp, port: service.port("metrics") })),
    }),
    config.listen,
    config.ports.control,
  );
  const frontend = () => `http://127.0.0.1:${played["swift-frontend"].port("metrics")}`;
  const engine = () => played["audio-engine"];
  const audio = audioEngine({ service: engine, faults, logs, random, tracing });
  const ffi = ffiCalls({ service: engine, faults, logs, random, tracing, audio });
  const load = new Load({ config, frontend, faults, random, logs, tracing, ffi });
  const stopWaiting = startLoadOnce(database, load);
  const syslog = new Syslog(config.syslog);
  const people = business(() => played["swift-frontend"], faults, random);
  const moving = { played, faults, logs, random, tracing, audio, ffi, load, syslog, people, database };
  const timers = startClocks(config, moving);
  faults.onChange((fault, state) => {
    announce(fault, state, { logs, random, tracing, writeStdout });
    if (fault.service !== undefined) void switchService(played[fault.service], state);
    people.tick(0, Date.now());
  });

  return {
    faults,
    ports: {
      juceBackend: played["juce-backend"].port("metrics"),
      swiftFrontend: played["swift-frontend"].port("metrics"),
      audioEngine: played["audio-engine"].port("metrics"),
      control: portOf(control),
      api: played["juce-backend"].port("api"),
      dns: nameServer.address().port,
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      stopWaiting();
      stopCertificate();
      nameServer.close();
      faults.dispose();
      load.close();
      syslog.close();
      await Promise.all([close(control), ...services.map((service) => service.stop())]);
      cache.close();
      logs.close();
      await database.close();
      await tracing.close();
    },
  };
}

/**
 * Starts the users once PostgreSQL is available, or after a minute. At the first start, PostgreSQL takes a few seconds, whose
 * errors would exceed the hourly error budget of a new service.
 */
function startLoadOnce(database: Database, load: Load): () => void {
  const deadline = Date.now() + longestWait;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const ask = async () => {
    const answered = await database.latestSongs().then(
      () => true,
      () => false,
    );
    if (stopped) return;
    if (answered || Date.now() >= deadline) load.letUsersIn();
    else timer = setTimeout(() => void ask(), 500);
  };
  void ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

interface Moving {
  readonly played: Readonly<Record<Service, PlayedService>>;
  readonly faults: Faults;
  readonly logs: Logs;
  readonly random: Random;
  readonly tracing: Tracing;
  readonly audio: ReturnType<typeof audioEngine>;
  readonly ffi: ReturnType<typeof ffiCalls>;
  readonly load: Load;
  readonly syslog: Syslog;
  readonly people: ReturnType<typeof business>;
  readonly database: Database;
}

function startClocks(config: SimulatorConfig, moving: Moving): NodeJS.Timeout[] {
  const { played, faults, logs, random, tracing, audio, ffi, load, syslog, people, database } = moving;
  const chores = backgroundLogs(logs, random, tracing);
  const studio = studioController(syslog, faults, random, tracing);
  let last = Date.now();
  const fast = () => {
    const now = Date.now();
    // After a pause (such as a suspended laptop or SIGSTOP), the missed time is skipped.
    const seconds = Math.min(now - last, slowTick) / 1000;
    last = now;
    load.tick(seconds, now);
    if (!played["audio-engine"].isUp) return;
    audio.tick(seconds, now);
    ffi.tick(seconds, now);
  };
  const slow = () => {
    const now = Date.now();
    if (played["swift-frontend"].isUp) people.tick(slowTick / 1000, now);
    chores();
    studio();
    setConnections(played, faults, now);
    for (const path of config.rotate ?? []) rotateWhenLarge(path);
  };
  people.tick(0, last);
  fast();
  slow();
  // Ignore errors: failed requests already show that PostgreSQL is down.
  const prune = () => void database.prune().catch(() => undefined);
  return [setInterval(fast, fastTick), setInterval(slow, slowTick), setInterval(prune, pruneEvery)];
}

/** Actual connections, plus simulated push connections of open sessions. */
function setConnections(played: Moving["played"], faults: Faults, time: number): void {
  const share = { "juce-backend": 0.4, "swift-frontend": 1 } as const;
  for (const [name, part] of Object.entries(share)) {
    const service = played[name as keyof typeof share];
    const pushed = faults.isActive("silence") ? 0 : Math.round(typicalSessions(time) * part);
    service.metrics.set("whiteroom_http_connections_active", service.connections + pushed);
  }
}

async function switchService(service: PlayedService, state: "started" | "ended"): Promise<void> {
  try {
    await (state === "started" ? service.stop() : service.start());
  } catch (error) {
    process.stderr.write(`simulator: ${service.name} cannot ${state === "started" ? "stop" : "start"}: ${error}\n`);
  }
}

function announce(
  { name, service, endsAt }: ActiveFault,
  state: "started" | "ended",
  { logs, random, tracing, writeStdout }: Pick<Moving, "logs" | "random" | "tracing"> & { writeStdout: WriteLine },
): void {
  const what = service === undefined ? name : `${name} of ${service}`;
  const until = state === "started" ? ` until=${new Date(endsAt).toISOString()}` : "";
  writeStdout(`${new Date().toISOString()} INFO simulator: fault ${state} fault="${what}"${until}`);
  if (service === undefined || state === "ended") return;
  const message = "received SIGSEGV, terminating";
  logs.write(service, {
    level: "critical",
    message,
    traceId: tracing.event(service, "crash", { name: "SIGSEGV", message }).traceId,
    ...(service === "juce-backend" ? { stack: stackTrace(random) } : {}),
  });
}
