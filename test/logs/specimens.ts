import type { Crash } from "../../config/products/collector/crashes.ts";
import type { Logger } from "../../config/products/collector/loggers.ts";

/** Further lines, in the notation of the loggers' table, from the public documentation and issues of the loggers. */
export const moreLines: readonly Pick<Logger, "name" | "samples">[] = [];

/** Lines that name a level where no logger writes one. */
export const notLevels: readonly string[] = [
  "GET /api?level=error HTTP/1.1",
  '10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /[error]?level=error HTTP/1.1" 200 7',
  'user said "ERROR: no"',
  "Nothing here is an ERROR, it only mentions one",
  'time=2026-11-28T10:00:00Z msg="level=error in a value" path=/x?level=fatal',
  "2026-11-28T10:00:00Z processed 7 items, ERROR count 0",
  "connected to http://api.example.com/ERROR: done",
  "retry level=error is set",
  "2026/11/28 10:00:00 http: proxy started",
  '{"message":"level=error","url":"/x?severity=ERROR"}',
  '{"level":"info","message":"[error] ERROR: panic: x"}',
  "errors: 0",
  "LOG_LEVEL=error is the default",
  "the panic button was pressed",
  "2026-11-28 10:00:00,123 - api.http - INFO - [ERROR] ERROR: in the message",
  "Error handler registered",
];

/** Further reports of crashes. */
export const moreCrashes: readonly Pick<Crash, "name" | "level" | "samples">[] = [];
