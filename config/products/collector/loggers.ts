import { whiteRoomLogger } from "../../white-room/log-formats.ts";
import type { Logger } from "./logger.ts";

/** The loggers that the pipeline reads. The pipeline, its tests and the table in docs/METRICS.md are built from this list. */
export const loggers: readonly Logger[] = [
  whiteRoomLogger,
  {
    name: "zap",
    levels: { critical: ["dpanic", "panic"] },
    text: ["word", "column"],
    json: { time: ["ts", "T"], level: ["level", "T && L"] },
    samples: [
      { line: '{"L":"ERROR","T":"{offset}","C":"app/main.go:12","M":"failed"}', level: "error" },
      {
        line: '{"level":"error","ts":{epoch},"caller":"main.go:12","msg":"failed","trace_id":"{trace}"}',
        level: "error",
      },
      {
        line: '{"level":"dpanic","ts":"{offset}","caller":"main.go:12","msg":"impossible"}',
        level: "critical",
      },
      { line: '{iso}\tERROR\tapp/main.go:12\tfailed\t{"trace_id": "{trace}"}', level: "error" },
      { line: "{iso}\twarn\tapp/main.go:12\tslow", level: "warn" },
    ],
  },
  {
    name: "zerolog",
    levels: { debug: ["dbg", "trc"], info: ["inf"], warn: ["wrn"], error: ["err"], critical: ["ftl", "pnc"] },
    text: ["word"],
    json: { time: ["time"], level: ["level"] },
    samples: [
      {
        line: '{"level":"panic","time":"{iso}","message":"lost","trace_id":"{trace}"}',
        level: "critical",
      },
      { line: '{"level":"error","time":{ms},"message":"failed"}', level: "error" },
      { line: "{iso} ERR payment failed error=timeout trace_id={trace}", level: "error" },
      { line: "10:00AM WRN queue is long", level: "warn" },
    ],
  },
  {
    name: "slog",
    text: ["pair", "word"],
    json: { time: ["time"], level: ["level"] },
    samples: [
      {
        line: '{"time":"{iso}","level":"ERROR+4","msg":"failed","trace_id":"{trace}"}',
        level: "error",
      },
      { line: "time={iso} level=WARN msg=slow trace_id={trace}", level: "warn" },
      { line: '2026/11/28 10:00:00 ERROR failed err="no route"', level: "error" },
    ],
  },
  {
    name: "logrus",
    levels: { debug: ["debu", "trac"], warn: ["warn"], error: ["erro"], critical: ["fata", "pani"] },
    text: ["pair", "word"],
    json: { time: ["time"], level: ["level"] },
    samples: [
      { line: '{"level":"fatal","msg":"lost","time":"{iso}"}', level: "critical" },
      {
        line: 'time="{iso}" level=error msg="level=info in a value" trace_id={trace}',
        level: "error",
      },
      { line: "ERRO[0003] failed                                        omg=true", level: "error" },
    ],
  },
  {
    name: "klog and glog",
    levels: { info: ["i"], warn: ["w"], error: ["e"], critical: ["f"] },
    text: ["sign"],
    samples: [
      {
        line: "E{klog} 10:00:00.000000       1 controller.go:114] sync failed",
        level: "error",
      },
      { line: "W{klog} 10:00:00.000000       1 warnings.go:70] deprecated", level: "warn" },
      { line: "F{klog} 10:00:00.000000       1 main.go:9] no config", level: "critical" },
      {
        line: 'I{klog} 10:00:00.000000       1 main.go:9] "ERROR in a message"',
        level: "info",
      },
    ],
  },
  {
    name: "pino and bunyan",
    levels: { debug: ["10", "20"], info: ["30"], warn: ["40"], error: ["50"], critical: ["60"] },
    text: ["word"],
    json: { time: ["time"], level: ["level"] },
    samples: [
      {
        line: '{"level":50,"time":{ms},"pid":1,"hostname":"h","msg":"failed","trace_id":"{trace}"}',
        level: "error",
      },
      {
        line: '{"name":"api","hostname":"h","pid":1,"level":60,"msg":"lost","time":"{iso}","v":0}',
        level: "critical",
      },
      { line: "[10:00:00.000] ERROR (1): failed", level: "error" },
      { line: "[{iso}]  WARN: api/1 on h: slow", level: "warn" },
    ],
  },
  {
    name: "winston and npm",
    levels: { debug: ["verbose", "silly", "http"], error: ["err"] },
    text: ["colon", "bracket", "word"],
    json: { time: ["timestamp"], level: ["level"] },
    samples: [
      {
        line: '{"level":"error","message":"failed","timestamp":"{iso}","traceId":"{trace}"}',
        level: "error",
      },
      {
        line: '{"level":"\\u001b[31merror\\u001b[39m","message":"failed","timestamp":"{iso}"}',
        level: "error",
      },
      { line: 'error: payment failed {"traceId":"{trace}"}', level: "error" },
      { line: "{iso} [api] warn: slow", level: "warn" },
      { line: "npm ERR! code ENOENT", level: "error" },
      { line: "npm error code ELIFECYCLE", level: "error" },
      {
        line: "(node:1) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.",
        level: "warn",
      },
    ],
  },
  {
    name: "tslog, log15 and hclog",
    levels: { critical: ["crit"] },
    json: {
      time: ["_meta.date", "lvl && t", '"@timestamp"'],
      level: ["_meta.logLevelName", "lvl", '"@level"'],
    },
    samples: [
      {
        line: '{"0":"failed","_meta":{"runtime":"Nodejs","date":"{iso}","logLevelId":5,"logLevelName":"ERROR"}}',
        level: "error",
      },
      { line: '{"t":"{offset}","lvl":"crit","msg":"lost"}', level: "critical" },
      { line: '{"@level":"warn","@message":"slow","@module":"core","@timestamp":"{iso}"}', level: "warn" },
    ],
  },
  {
    name: "Serilog",
    levels: { debug: ["vrb", "dbg"], info: ["information", "inf"], warn: ["wrn"], error: ["err"], critical: ["ftl"] },
    text: ["bracket"],
    json: {
      time: ['"@t"', "Timestamp"],
      level: ['"@l"', "Level"],
      trace_id: ['"@tr"', "TraceId", "Properties.TraceId"],
      span_id: ['"@sp"', "SpanId", "Properties.SpanId"],
    },
    samples: [
      {
        line: '{"@t":"{iso}","@mt":"Failed {Id}","@l":"Error","@tr":"{trace}","@sp":"{span}","Id":7}',
        level: "error",
      },
      { line: '{"@t":"{iso}","@m":"Started"}', level: "info" },
      {
        line: '{"Timestamp":"{offset}","Level":"Fatal","MessageTemplate":"Lost","RenderedMessage":"Lost","Properties":{"TraceId":"{trace}"}}',
        level: "critical",
      },
      { line: "[10:00:00 ERR] payment failed", level: "error" },
      { line: "[{space}.000 +01:00 ERR] <Api.Pay> payment failed", level: "error" },
      { line: "{space}.000 +00:00 [WRN] slow", level: "warn" },
    ],
  },
  {
    name: "Microsoft.Extensions.Logging",
    levels: { debug: ["trce", "dbug"], info: ["information"], error: ["fail"], critical: ["crit"] },
    text: ["colon", "sign"],
    json: {
      time: ["Timestamp"],
      level: ["LogLevel"],
      trace_id: ["TraceId", "(Scopes[].TraceId | [0])"],
      span_id: ["SpanId", "(Scopes[].SpanId | [0])"],
    },
    samples: [
      {
        line: '{"Timestamp":"{iso}","EventId":0,"LogLevel":"Critical","Category":"Api","Message":"lost","Scopes":[{"SpanId":"{span}","TraceId":"{trace}"}]}',
        level: "critical",
      },
      { line: "fail: Api.Payments[0]\n      payment failed", level: "error" },
      { line: "crit: Api.Payments[0]\n      lost", level: "critical" },
      { line: "dbug: Api.Payments[0] asked", level: "debug" },
      { line: "<3>Api.Payments[0] payment failed", level: "error" },
    ],
  },
  {
    name: "NLog and log4net",
    text: ["word", "column"],
    json: { time: ["time"], level: ["level"] },
    samples: [
      { line: "{space}.0000|ERROR|Api.Payments|payment failed", level: "error" },
      { line: "{comma} [12] WARN  Api.Payments - slow", level: "warn" },
      { line: '{ "time": "{iso}", "level": "ERROR", "message": "failed" }', level: "error" },
    ],
  },
  {
    name: "log4j, logback and java.util.logging",
    levels: { debug: ["fine", "finer", "finest", "config"], error: ["severe"] },
    text: ["word", "bracket", "colon"],
    json: {
      time: ['"@timestamp"', "timeMillis", "instant.epochSecond"],
      level: ["level"],
      trace_id: ["traceId", "mdc.traceId", "mdc.trace_id", "contextMap.traceId", "contextMap.trace_id"],
      span_id: ["spanId", "mdc.spanId", "mdc.span_id", "contextMap.spanId", "contextMap.span_id"],
    },
    samples: [
      {
        line: '{"@timestamp":"{offset}","@version":"1","message":"failed","logger_name":"a.B","level":"ERROR","level_value":40000,"traceId":"{trace}"}',
        level: "error",
      },
      { line: "{comma} [main] ERROR c.e.Payments - payment failed", level: "error" },
      {
        line: "{iso}  WARN 1 --- [api] [nio-8443-exec-1] c.e.Payments   : slow traceId={trace}",
        level: "warn",
      },
      { line: "[{comma}][ERROR][o.e.b.Bootstrap] [node-1] no disk", level: "error" },
      { line: "SEVERE: payment failed", level: "error" },
      { line: "Nov 28, 2026 10:00:00 AM com.example.Pay run\nSEVERE: payment failed", level: "error" },
      { line: "28-Nov-2026 10:00:00.123 SEVERE [main] org.apache.catalina.Server failed", level: "error" },
      {
        line: "{iso} ERROR 1 --- [api] [nio-7001-exec-1] [{trace}-{span}] c.e.Pay : payment failed",
        level: "error",
      },
    ],
  },
  {
    name: "Python logging",
    text: ["word", "bracket", "colon"],
    json: {
      time: ["timestamp", "asctime"],
      level: ["levelname"],
      trace_id: ["otelTraceID", '"dd.trace_id"'],
      span_id: ["otelSpanID", '"dd.span_id"'],
    },
    samples: [
      {
        line: '{"timestamp":"{iso}","levelname":"ERROR","name":"api","message":"failed","otelTraceID":"{trace}","otelSpanID":"{span}"}',
        level: "error",
      },
      { line: "{comma} - api.payments - ERROR - payment failed", level: "error" },
      { line: "{comma} api.payments WARNING slow", level: "warn" },
      { line: "ERROR:api:payment failed", level: "error" },
      { line: "[{space} +0000] [1] [ERROR] Worker failed to boot", level: "error" },
      { line: "[{comma}: ERROR/MainProcess] Task failed", level: "error" },
      { line: 'INFO:     127.0.0.1:5000 - "GET /?q=ERROR HTTP/1.1" 200 OK', level: "info" },
      { line: "{space}.123 | CRITICAL | __main__:run:7 - lost", level: "critical" },
    ],
  },
  {
    name: "structlog and loguru",
    levels: { info: ["success"] },
    text: ["word", "bracket", "column", "pair"],
    json: {
      time: ["timestamp", "record.time.timestamp"],
      level: ["level", "record.level.name"],
    },
    samples: [
      {
        line: '{"event":"failed","level":"error","timestamp":"{iso}","trace_id":"{trace}"}',
        level: "error",
      },
      {
        line: '{"text":"x","record":{"level":{"name":"WARNING","no":30},"message":"slow","time":{"repr":"{iso}","timestamp":{epoch}}}}',
        level: "warn",
      },
      {
        line: "{space} [error    ] payment failed                 order=7 trace_id={trace}",
        level: "error",
      },
      { line: "event='payment failed' level='error' order=7", level: "error" },
      { line: "{space}.123 | SUCCESS  | app.main:run:7 - ERROR count 0", level: "info" },
    ],
  },
  {
    name: "Monolog and PHP",
    levels: {
      info: ["notice", "200", "250"],
      debug: ["100"],
      warn: ["300"],
      error: ["400"],
      critical: ["alert", "emergency", "500", "550", "600"],
    },
    text: ["word", "sign"],
    json: {
      time: ["datetime"],
      level: ["level_name"],
      trace_id: ["context.trace_id", "extra.trace_id"],
    },
    samples: [
      {
        line: '{"message":"failed","context":{"trace_id":"{trace}"},"level":400,"level_name":"ERROR","channel":"app","datetime":"{offset}","extra":[]}',
        level: "error",
      },
      { line: "[{space}] production.ERROR: payment failed", level: "error" },
      { line: "[{offset}] app.EMERGENCY: lost [] []", level: "critical" },
      { line: "[28-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined variable $x in /app/a.php on line 3", level: "warn" },
    ],
  },
  {
    name: "Elastic Common Schema",
    json: {
      time: ['"@timestamp"'],
      level: ['"log.level"', "log.level"],
      trace_id: ['"trace.id"', "trace.id"],
      span_id: ['"span.id"', "span.id"],
    },
    samples: [
      {
        line: '{"@timestamp":"{iso}","log.level":"error","message":"failed","trace.id":"{trace}","span.id":"{span}"}',
        level: "error",
      },
      {
        line: '{"@timestamp":"{iso}","log":{"level":"warn"},"message":"slow","trace":{"id":"{trace}"},"span":{"id":"{span}"}}',
        level: "warn",
      },
    ],
  },
  {
    name: "OpenTelemetry",
    json: {
      time: ["Timestamp", "timeUnixNano", "TimeUnixNano"],
      level: ["severity_text", "severityText", "SeverityText"],
      trace_id: ["TraceId", "TraceID", "attributes.trace_id"],
      span_id: ["SpanId", "SpanID", "attributes.span_id"],
    },
    samples: [
      {
        line: '{"timestamp":"{iso}","severity_text":"ERROR","severity_number":17,"body":"failed","trace_id":"{trace}","span_id":"{span}"}',
        level: "error",
      },
      {
        line: '{"Timestamp":"{ns}","SeverityText":"WARN2","Body":"slow","TraceId":"{trace}","SpanId":"{span}"}',
        level: "warn",
      },
      {
        line: '{"timeUnixNano":"{ns}","severityNumber":21,"body":{"stringValue":"lost"},"traceId":"{trace}"}',
        level: "critical",
      },
    ],
  },
  {
    name: "Google Cloud",
    levels: { info: ["default", "notice"], critical: ["alert", "emergency"] },
    json: {
      time: ["time", "timestamp"],
      level: ["severity"],
      trace_id: ['"logging.googleapis.com/trace"'],
      span_id: ['"logging.googleapis.com/spanId"'],
    },
    samples: [
      {
        line: '{"severity":"EMERGENCY","time":"{iso}","message":"lost","logging.googleapis.com/trace":"projects/p/traces/{trace}"}',
        level: "critical",
      },
      { line: '{"severity":"ERROR","time":"{iso}","message":"failed"}', level: "error" },
    ],
  },
  {
    name: "syslog, journal and GELF",
    levels: {
      debug: ["7"],
      info: ["5", "6", "notice", "informational"],
      warn: ["4"],
      error: ["3", "err"],
      critical: ["0", "1", "2", "crit", "alert", "emerg", "emergency"],
    },
    json: {
      time: ["timestamp", "__REALTIME_TIMESTAMP"],
      level: ["level", "__REALTIME_TIMESTAMP && PRIORITY"],
      trace_id: ["_trace_id"],
      span_id: ["_span_id"],
    },
    samples: [
      {
        line: '{"version":"1.1","host":"h","short_message":"failed","timestamp":{epoch},"level":3,"_trace_id":"{trace}"}',
        level: "error",
      },
      { line: '{"__REALTIME_TIMESTAMP":"{ms}000","PRIORITY":"3","MESSAGE":"failed"}', level: "error" },
    ],
  },
  {
    name: "swift-log and os_log",
    levels: { info: ["notice", "default", "df"], debug: ["db"], critical: ["fault"] },
    text: ["bracket", "angle", "column", "sign"],
    json: { time: ["timestamp"], level: ["messageType"] },
    samples: [
      { line: "[ ERROR ] Abort.404: Not Found [request-id: 7]", level: "error" },
      {
        line: "{space}.123456+0000  localhost app[123]: (CoreAudio) [a.b:net] <Fault>: lost",
        level: "critical",
      },
      { line: '{"timestamp":"{offset}","messageType":"Error","eventMessage":"failed"}', level: "error" },
      { line: "{swift}+0000 error codes.api : [Payments] payment failed", level: "error" },
      { line: "{swift}+0000 warning api: trace_id={trace} [Payments] slow", level: "warn" },
      {
        line: "{space}.123456+0000 0x1a2b     Fault       0x0                  123    0    app: [a.b:net] lost",
        level: "critical",
      },
      { line: "{space}.123 E  app[123:4567] [a.b:net] failed", level: "error" },
    ],
  },
  {
    name: "PostgreSQL",
    levels: { debug: ["debug1", "debug2", "debug3", "debug4", "debug5"], info: ["log", "notice"], critical: ["panic"] },
    text: ["word", "sign"],
    json: { time: ["timestamp"], level: ["error_severity"] },
    samples: [
      { line: "{space}.123 UTC [71] ERROR:  duplicate key value", level: "error" },
      {
        line: "{space}.123 UTC [71] LOG:  checkpoint starting: time",
        level: "info",
      },
      { line: "{space}.123 UTC [71] app@db FATAL:  no such role", level: "critical" },
      {
        line: "{space}.123 UTC [71]: [3-1] user=app,db=db,app=api,client=10.0.0.1 ERROR:  duplicate key",
        level: "error",
      },
      {
        line: '{space}.123 UTC,"app","db",71,"10.0.0.1:5",65f0.47,3,"INSERT",{space} UTC,3/7,0,ERROR,23505,"duplicate key",,,,,,,,,"api"',
        level: "error",
      },
    ],
  },
  {
    name: "Redis and Valkey",
    levels: { debug: [".", "-"], info: ["*"], warn: ["#"] },
    text: ["sign"],
    samples: [
      {
        line: "1:M 28 Nov 2026 10:00:00.000 # WARNING overcommit_memory is off",
        level: "warn",
      },
      {
        line: "1:M 28 Nov 2026 10:00:00.000 * Ready to accept connections",
        level: "info",
      },
    ],
  },
  {
    name: "Nginx and Apache",
    levels: { info: ["notice"], critical: ["crit", "alert", "emerg"] },
    text: ["bracket"],
    samples: [
      { line: "2026/11/28 10:00:00 [crit] 31#31: *1 out of space", level: "critical" },
      { line: 'nginx: [emerg] host not found in upstream "api" in /etc/nginx/nginx.conf:12', level: "critical" },
      {
        line: "[Sat Nov 28 10:00:00.123456 2026] [core:error] [pid 7:tid 8] no such file",
        level: "error",
      },
    ],
  },
  {
    name: "spdlog, Quill, JUCE, Envoy and Rust",
    levels: { debug: ["t", "debg", "trce"], error: ["erro"], critical: ["crit"] },
    text: ["word", "bracket"],
    samples: [
      { line: "[10:00:00.123] [C] lost", level: "critical" },
      { line: "10:00:00.123456789 [7] engine.cpp:12  LOG_ERROR     root         failed", level: "error" },
      { line: "28 Nov 2026 10:00:00 [ERROR] buffer underrun", level: "error" },
      { line: "Nov 28 10:00:00.123 CRIT lost, id: 7", level: "critical" },
      { line: "[{space}.123] [engine] [error] buffer lost", level: "error" },
      { line: "[{space}.123][1][warning][upstream] [cds.cc:12] slow", level: "warn" },
      { line: "{iso} ERROR api::payments: payment failed", level: "error" },
      { line: "[{iso} ERROR api] payment failed", level: "error" },
    ],
  },
  {
    name: "Ruby, Elixir, Tornado, Telegraf and Android",
    levels: { debug: ["d", "v"], critical: ["c"] },
    text: ["word", "bracket", "sign"],
    samples: [
      { line: "{iso} pid=7 tid=abc ERROR: payment failed", level: "error" },
      { line: "10:00:00.123 request_id=7 trace_id={trace} [error] payment failed", level: "error" },
      { line: "{iso} E! [inputs.cpu] failed", level: "error" },
      { line: "E/AudioTrack( 1234): failed", level: "error" },
      {
        line: "E, [2026-11-28T10:00:00.123456 #7] ERROR -- : payment failed",
        level: "error",
      },
      { line: "[W 2026-11-28 10:00:00.123 ServerApp] slow", level: "warn" },
    ],
  },
  {
    name: "MySQL, MariaDB, MongoDB and ClickHouse",
    text: ["bracket", "angle"],
    json: { time: ['t."$date"'], level: ['t."$date" && s'] },
    samples: [
      { line: "{iso} 0 [ERROR] [MY-010123] [Server] no disk", level: "error" },
      { line: "2026.11.28 10:00:00.123456 [ 12 ] {abc-def} <Error> executeQuery: failed", level: "error" },
      {
        line: '{"t":{"$date":"{offset}"},"s":"E","c":"NETWORK","id":7,"ctx":"main","msg":"failed"}',
        level: "error",
      },
    ],
  },
];
