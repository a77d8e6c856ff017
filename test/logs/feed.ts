import type { ContainerLine, FakeContainer } from "./docker-api.ts";
import type { StoredEntry } from "./loki-query.ts";

/** A line as Loki must store it. Without `time`, the line has none, and Loki gets the time of reading. */
export interface Expected extends Omit<StoredEntry, "time"> {
  readonly time?: string;
}

export interface Feed {
  /** What each file contains, by its path below the log directory. */
  readonly files: Readonly<Record<string, string>>;
  /** Whole syslog messages, RFC 5424. */
  readonly syslog: readonly string[];
  readonly containers: readonly FakeContainer[];
  readonly expected: readonly Expected[];
  /** Series counted from the lines, beside whiteroom_log_lines_total. */
  readonly counted: Readonly<Record<string, number>>;
}

export const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Lines of every source, in every dialect the pipeline must read, at times in the ten minutes after `base`. */
export function feed(base: Date): Feed {
  let step = 0;
  /** A different time for each line: seconds apart, with milliseconds that must be kept. */
  const next = () => new Date(base.getTime() + ++step * 1000 + 7 * step);
  const parts = [juceBackend(next), swiftFrontend(next), nginx(next), nginxErrors(next), postgres(next)];
  const sys = syslog(next);
  const docker = containers(next);
  return {
    files: Object.fromEntries(parts.map(({ path, lines }) => [path, `${lines.map(({ text }) => text).join("\n")}\n`])),
    syslog: sys.messages,
    containers: docker.containers,
    expected: [
      ...parts.flatMap(({ lines }) => lines.map(({ expected }) => expected)),
      ...sys.expected,
      ...docker.expected,
    ],
    // PostgreSQL's line in a time zone other than the configured one.
    counted: { ...requests, 'whiteroom_log_times_not_used_total{level="debug",service="postgres"}': 1 },
  };
}

type Clock = () => Date;
interface Line {
  readonly text: string;
  readonly expected: Expected;
}

/** `time` with as many digits as Loki writes. */
function stored(time: Date): string {
  return time.toISOString().replace("Z", "000000Z");
}

/** A line and its labels; the time is left out when the line has none. */
function line(text: string, service: string, level: string, time?: Date, metadata: Record<string, string> = {}): Line {
  const labels = { job: service, service, level };
  return { text, expected: { ...(time && { time: stored(time) }), labels, metadata, text } };
}

function juceBackend(next: Clock) {
  const json = (time: unknown, level: unknown, more = {}) =>
    JSON.stringify({ timestamp: time, level, service: "juce-backend", message: "said", ...more });
  const at = Array.from({ length: 6 }, next) as [Date, Date, Date, Date, Date, Date];
  const frames =
    "    at juce::AudioProcessorGraph::processBlock (Graph.cpp:1573)\n    at whiteroom::Engine::render (Engine.cpp:288)";
  return {
    path: "juce-backend/juce-backend.log",
    lines: [
      line(json(at[0].toISOString(), "info", { trace_id: traceId }), "juce-backend", "info", at[0], {
        trace_id: traceId,
      }),
      line(json(at[1].toISOString(), "warning"), "juce-backend", "warn", at[1]),
      line(
        `${json(at[2].toISOString(), "error", { trace_id: traceId, span_id: "00f067aa0ba902b7", user_id: "u-7" })}\n${frames}`,
        "juce-backend",
        "error",
        at[2],
        { trace_id: traceId, span_id: "00f067aa0ba902b7", user_id: "u-7" },
      ),
      line(json(at[3].toISOString(), "critical"), "juce-backend", "critical", at[3]),
      line(json(at[4].toISOString().replace("Z", "+00:00"), "TRACE"), "juce-backend", "debug", at[4]),
      line(json(at[5].toISOString(), "unheard-of", { trace_id: "" }), "juce-backend", "info", at[5]),
      line(JSON.stringify({ message: "no time, no level" }), "juce-backend", "info"),
    ],
  };
}

function swiftFrontend(next: Clock) {
  const at = Array.from({ length: 4 }, next) as [Date, Date, Date, Date];
  const json = (ts: unknown, severity: unknown, more = {}) => JSON.stringify({ ts, severity, msg: "said", ...more });
  return {
    path: "swift-frontend/swift-frontend.log",
    lines: [
      line(json(at[0].getTime() / 1000, "NOTICE", { traceId }), "swift-frontend", "info", at[0], { trace_id: traceId }),
      line(json(at[1].getTime(), "WARNING", { userId: "u-8", requestId: "r-1" }), "swift-frontend", "warn", at[1], {
        user_id: "u-8",
        request_id: "r-1",
      }),
      line(json(String(at[2].getTime() / 1000), 50), "swift-frontend", "error", at[2]),
      line(json(at[3].toISOString(), "CRITICAL"), "swift-frontend", "critical", at[3]),
    ],
  };
}

/** What the four requests of `nginx` add up to. */
const requests = {
  'whiteroom_nginx_requests_total{code="200"}': 2,
  'whiteroom_nginx_requests_total{code="404"}': 1,
  'whiteroom_nginx_requests_total{code="502"}': 1,
  whiteroom_nginx_request_duration_seconds_count: 4,
  whiteroom_nginx_request_duration_seconds_sum: 0.004 + 0.75 + 0.001 + 2,
  ...Object.fromEntries(
    Object.entries({
      0.005: 2,
      0.01: 2,
      0.025: 2,
      0.05: 2,
      0.1: 2,
      0.25: 2,
      0.5: 2,
      1: 3,
      2.5: 4,
      5: 4,
      10: 4,
      "+Inf": 4,
    }).map(([le, count]) => [`whiteroom_nginx_request_duration_seconds_bucket{le="${le}"}`, count]),
  ),
};

function nginx(next: Clock) {
  const at = Array.from({ length: 4 }, next) as [Date, Date, Date, Date];
  const json = (time: string, status: number, seconds: string, trace: string) =>
    `{"time":"${time}","level":"info","service":"nginx","uri":"/api/songs","status":${status},"request_time":${seconds},"trace_id":"${trace}"}`;
  return {
    path: "nginx/access.log",
    lines: [
      line(json(at[0].toISOString().replace("Z", "+00:00"), 200, "0.004", traceId), "nginx", "info", at[0], {
        trace_id: traceId,
      }),
      line(json(at[1].toISOString().replace("Z", "+00:00"), 200, "0.750", "-"), "nginx", "info", at[1]),
      line(json(at[2].toISOString().replace("Z", "+00:00"), 404, "0.001", ""), "nginx", "warn", at[2]),
      line(json(at[3].toISOString().replace("Z", "+00:00"), 502, "2.000", ""), "nginx", "error", at[3]),
    ],
  };
}

/** Nginx's error log has whole seconds. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function nginxErrors(next: Clock) {
  const at = [wholeSecond(next()), wholeSecond(next())] as const;
  const local = (time: Date) => time.toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
  return {
    path: "nginx/error.log",
    lines: [
      line(`${local(at[0])} [error] 31#31: *1 connect() failed (111: Connection refused)`, "nginx", "error", at[0]),
      line(`${local(at[1])} [crit] 31#31: out of space\n  while writing`, "nginx", "critical", at[1]),
    ],
  };
}

function postgres(next: Clock) {
  const at = Array.from({ length: 7 }, next) as [Date, Date, Date, Date, Date, Date, Date];
  /** The time on a clock that is ahead by some hours. */
  const ahead = (time: Date, hours: number) => new Date(time.getTime() + hours * 3_600_000);
  const json = (time: Date, severity: string, zone = "UTC") =>
    JSON.stringify({
      timestamp: `${time.toISOString().slice(0, 23).replace("T", " ")} ${zone}`,
      pid: 71,
      error_severity: severity,
      message: "said",
    });
  return {
    path: "postgres/postgresql.json",
    lines: [
      line(json(at[0], "LOG"), "postgres", "info", at[0]),
      line(json(at[1], "ERROR"), "postgres", "error", at[1]),
      line(json(at[2], "FATAL", "GMT"), "postgres", "critical", at[2]),
      line(json(at[3], "DEBUG3", "CEST"), "postgres", "debug"),
      line(json(ahead(at[4], 3.5), "WARNING", "+0330"), "postgres", "warn", at[4]),
      line(json(ahead(at[5], 5.75), "LOG", "+05:45"), "postgres", "info", at[5]),
      line(json(ahead(at[6], -3), "LOG", "-03"), "postgres", "info", at[6]),
    ],
  };
}

function syslog(next: Clock) {
  const at = Array.from({ length: 5 }, next) as [Date, Date, Date, Date, Date];
  const sent = [
    {
      priority: 34,
      time: at[0],
      app: "su",
      data: "-",
      message: "su root failed on /dev/pts/8",
      level: "critical",
      metadata: {},
    },
    {
      priority: 29,
      time: at[1],
      app: "mixer",
      data: `[white-room@32473 trace_id="${traceId}"]`,
      message: "notice of a mixer",
      level: "info",
      metadata: { program: "mixer", trace_id: traceId },
    },
    {
      priority: 28,
      time: at[2],
      app: "-",
      data: "-",
      message: "warned by nobody trace_id=abc123",
      level: "warn",
      metadata: { trace_id: "abc123" },
    },
    // Data and a message that look like parts of the header.
    {
      priority: 14,
      time: at[3],
      app: "mixer",
      data: String.raw`[a@1 k="[x\] \"y\""][b@1 k="- - z"]`,
      message: '[c@1 k="v"] - - <14>1 of a mixer',
      level: "info",
      metadata: { program: "mixer" },
    },
    { priority: 14, time: undefined, app: "su", data: "-", message: "- without a time", level: "info", metadata: {} },
    {
      priority: 11,
      time: at[4],
      app: "su",
      data: "-",
      message: JSON.stringify({ time: "2026-01-01T00:00:00Z", msg: "JSON in a message" }),
      level: "error",
      metadata: {},
    },
  ];
  return {
    messages: sent.map(
      ({ priority, time, app, data, message }) =>
        `<${priority}>1 ${time?.toISOString() ?? "-"} studio-1 ${app} 8710 - ${data} ${message}`,
    ),
    expected: sent.map(({ time, app, level, message, metadata }): Expected => {
      const labels = { job: "syslog", service: app === "su" ? app : "syslog", level, host: "studio-1" };
      return { ...(time && { time: stored(time) }), labels, metadata, text: message };
    }),
  };
}

interface Said {
  readonly lines: readonly string[];
  readonly level: string;
  readonly stream?: "stderr";
  readonly metadata?: Record<string, string>;
}

function containers(next: Clock) {
  const engine = told(next, "audio-engine", [
    { lines: ["2026-11-23T10:00:00.000Z INFO audio-engine: rendering channels=8"], level: "info" },
    {
      lines: [
        `2026-11-23T10:00:01.000Z CRITICAL audio-engine: buffer lost trace_id=${traceId}`,
        "    at whiteroom::Engine::render (Engine.cpp:288)",
        "    at main (main.cpp:12)",
      ],
      level: "critical",
      metadata: { trace_id: traceId },
    },
    { lines: ["2026-11-23T10:00:02.000Z WARN audio-engine: late by=3ms"], level: "warn", stream: "stderr" },
  ]);
  const redis = told(next, "redis", [
    { lines: ["1:M 23 Nov 2026 10:00:00.000 * Ready to accept connections"], level: "info" },
    { lines: ['ts=2026-11-23T10:00:00Z level=error msg="write failed"'], level: "error" },
    {
      lines: ['{"time":"2026-11-23T10:00:00Z","level":"WARN","msg":"slow","span_id":"s-1"}'],
      level: "warn",
      metadata: { span_id: "s-1" },
    },
    { lines: ["2026-11-23 10:00:00.000 UTC [1] FATAL:  the database system is starting up"], level: "critical" },
    { lines: ["2026/11/23 10:00:00 [notice] 1#1: start worker processes"], level: "info" },
    {
      lines: ["Nothing here is an ERROR, it only mentions one after the first sixty characters: ERROR "],
      level: "info",
    },
  ]);
  return {
    containers: [
      {
        id: "e".repeat(64),
        name: "white-room-simulator",
        labels: { "white-room.service": "audio-engine" },
        lines: engine.lines,
      },
      { id: "a".repeat(64), name: "redis", labels: {}, lines: redis.lines },
    ],
    expected: [...engine.expected, ...redis.expected],
  };
}

/** Lines of one container. Lines of an entry are a millisecond apart; the entry has the time of its first line. */
function told(next: Clock, service: string, said: readonly Said[]): { lines: ContainerLine[]; expected: Expected[] } {
  const lines: ContainerLine[] = [];
  const expected: Expected[] = [];
  for (const { lines: texts, level, stream = "stdout", metadata = {} } of said) {
    const first = next().getTime();
    const times = texts.map((_, index) => new Date(first + index));
    lines.push(...times.map((time, index): ContainerLine => ({ stream, time, text: texts[index] ?? "" })));
    const labels = { job: "containers", service, level };
    expected.push({ ...(times[0] && { time: stored(times[0]) }), labels, metadata, text: texts.join("\n") });
  }
  return { lines, expected };
}
