import type { Crash } from "../../config/products/collector/crash.ts";
import type { Logger } from "../../config/products/collector/logger.ts";

/** Further lines, in the notation of the loggers' table, following the public formats of the loggers. */
export const moreLines: readonly Pick<Logger, "name" | "samples">[] = [
  {
    name: "more-text",
    samples: [
      {
        line: "W{klog} 10:00:00.123456   12345 reflector.go:324] failed to list *v1.Pod",
        level: "warn",
      },
      { line: "{iso} FTL cannot listen error=in-use", level: "critical" },
      { line: "FATA[0012] cannot listen", level: "critical" },
      {
        line: "[{space} +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)",
        level: "critical",
      },
      { line: "[{space}] local.WARNING: deprecated", level: "warn" },
      { line: "{comma} DEBUG [quartz-1] o.q.Core: asked", level: "debug" },
      { line: "{comma} - __main__ - CRITICAL - lost", level: "critical" },
      { line: "WARNING:root:late", level: "warn" },
      { line: "trce: Api.Http[7]", level: "debug" },
      { line: "{space} | WARNING  | app.main:run:12 - late", level: "warn" },
      { line: "[{space}.123] [console] [critical] lost", level: "critical" },
      {
        line: "ts={iso} caller=main.go:7 level=warn component=tsdb msg=late span_id={span}",
        level: "warn",
      },
    ],
  },
  {
    name: "more-json",
    samples: [
      {
        line: '{"level":40,"time":{ms},"msg":"late","trace_id":"{trace}","span_id":"{span}"}',
        level: "warn",
      },
      { line: '{"Level":"Warning","Timestamp":"{offset}","RenderedMessage":"late"}', level: "warn" },
      {
        line: '{"severityText":"FATAL","body":"lost","traceId":"{trace}","spanId":"{span}"}',
        level: "critical",
      },
      { line: '{"log.level":"ERROR","@timestamp":"{iso}","message":"failed"}', level: "error" },
      { line: '{"asctime":"{comma}","levelname":"CRITICAL","message":"lost"}', level: "critical" },
      { line: '{"severity_number":13,"body":"late"}', level: "warn" },
    ],
  },
];

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
  // The collectors' CRI stage accepts lines like these.
  "writing stderr to a file",
  "2026-11-28T10:00:00Z stdout F in CRI's own format",
  "- stdout P cut",
];

/** Further reports of crashes. */
export const moreCrashes: readonly Pick<Crash, "name" | "level" | "samples">[] = [
  {
    name: "more-go",
    level: "critical",
    samples: [
      "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/tmp/x.go:5 +0x2e",
      "panic: x [recovered]\n\tpanic: y\n\ngoroutine 5 [running]:\nnet/http.(*conn).serve(0xc0000b2000, {0x7f01, 0xc0000a})\n\t/usr/local/go/src/net/http/server.go:1850 +0xbf\ncreated by net/http.(*Server).Serve\n\t/usr/local/go/src/net/http/server.go:3080 +0x4db",
      "fatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x4a, 0x9})\n\t/usr/local/go/src/runtime/panic.go:1023 +0x5c\n\ngoroutine 1 [running]:\nmain.f(...)\n\t/app/main.go:4",
    ],
  },
  {
    name: "more-exceptions",
    level: "error",
    samples: [
      'Exception in thread "pool-1-thread-1" java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)\n\tat java.base/java.lang.Thread.run(Thread.java:840)',
      "ReferenceError: x is not defined\n    at Object.<anonymous> (/app/a.js:1:1)\n    at async main (file:///app/b.mjs:3:5)",
      'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    {}["x"]\nKeyError: \'x\'',
      'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\nTypeError: x\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "a.py", line 3, in <module>\n    g()\nKeyError: \'y\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "a.py", line 5, in <module>\n    h()\nasyncio.exceptions.CancelledError',
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: stderr F of writing stdout P\n\nThe above exception was the direct cause of the following exception:\n\n  + Exception Group Traceback (most recent call last):\n  |   File "a.py", line 3, in <module>\n  |     f()\n  | ExceptionGroup: two (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | ValueError: x\n    +------------------------------------',
      "System.ArgumentNullException: Value cannot be null. (Parameter 'x')\n   at Api.Pay.Run(String x) in /src/Pay.cs:line 7",
    ],
  },
];
