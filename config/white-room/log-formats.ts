import type { Logger } from "../products/collector/logger.ts";

/** JSON lines of White Room's backends. The audio engine and the studio write formats that `loggers` already has. */
export const whiteRoomLogger: Logger = {
  name: "White Room (JUCE and Swift backends)",
  levels: { info: ["notice"] },
  json: {
    time: ["timestamp", "time", "ts"],
    level: ["level", "severity"],
    trace_id: ["trace_id", "traceId", "traceID"],
    span_id: ["span_id", "spanId", "spanID"],
  },
  samples: [
    {
      line: '{"timestamp":"{iso}","level":"warning","message":"late","trace_id":"{trace}"}',
      level: "warn",
    },
    {
      line: '{"ts":{epoch},"severity":"NOTICE","label":"api","msg":"said","traceId":"{trace}"}',
      level: "info",
    },
  ],
};

/** The device that sends syslog in the demo. */
export const studioController = { hostname: "studio-a", program: "studio-controller" } as const;

/** Files of JSON lines of White Room's services: the keys below `logs.sources`, and default paths. */
export const logFiles = {
  juceBackend: {
    service: "juce-backend",
    what: "the JUCE backend (JSON lines)",
    paths: ["/var/log/white-room/juce-backend/*.log"],
  },
  swiftFrontend: {
    service: "swift-frontend",
    what: "the Swift frontend's server side (JSON lines)",
    paths: ["/var/log/white-room/swift-frontend/*.log"],
  },
};

type LogFileName = keyof typeof logFiles;

/** A value for each of the files, in their order. */
export function perLogFile<T>(value: (file: (typeof logFiles)[LogFileName]) => T): Record<LogFileName, T> {
  return Object.fromEntries(Object.entries(logFiles).map(([name, file]) => [name, value(file)])) as Record<
    LogFileName,
    T
  >;
}

export const logFileNames = Object.keys(logFiles) as LogFileName[];
