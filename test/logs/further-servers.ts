import type { Logger } from "../../config/products/collector/logger.ts";

/** Lines of servers and other programs, and further lines of JSON. */
export const furtherServers: readonly Pick<Logger, "name" | "samples">[] = [
  {
    name: "further-servers",
    samples: [
      {
        line: "10:00:00,123 ERROR [org.jboss.as] (Controller Boot Thread) WFLYCTL0013: Operation failed",
        level: "error",
      },
      {
        line: "28-Nov-2026 10:00:00.123 SEVERE [main] org.apache.catalina.core.StandardServer.await failed",
        level: "error",
      },
      {
        line: "[2026-11-28 10:00:00,123] ERROR [KafkaServer id=1] Fatal error during startup (kafka.server.KafkaServer)",
        level: "error",
      },
      { line: "WARN  [main] 2026-11-28 10:00:00,123 Startup.java:12 - slow", level: "warn" },
      {
        line: "ERROR [Messaging-EventLoop-3-1] 2026-11-28 10:00:00,123 InboundConnection.java:12 - failed",
        level: "error",
      },
      { line: "2026-11-28 10:00:00,123 [myid:1] - ERROR [main:QuorumPeerMain@89] - failed", level: "error" },
      {
        line: "[2026-11-28T10:00:00,123][FATAL][o.e.b.ElasticsearchUncaughtExceptionHandler] [node-1] fatal error in thread [main], exiting",
        level: "critical",
      },
      { line: "2026-11-28 10:00:00,123 ERROR [org.keycloak.services] (main) KC-SERVICES: failed", level: "error" },
      { line: "[28-Nov-2026 10:00:00] WARNING: [pool www] child 12 said into stderr", level: "warn" },
      { line: "[28-Nov-2026 10:00:00] ERROR: unable to bind listening socket", level: "error" },
      { line: "2026-11-28 10:00:00.123 UTC [71] app@db PANIC:  could not write", level: "critical" },
      {
        line: '2026-11-28 10:00:00.123 CET [71] postgres@app ERROR:  relation "x" does not exist at character 15\n\t\tHINT: x',
        level: "error",
      },
      { line: "2026-11-28 10:00:00 UTC:10.0.0.1(54321):app@db:[71]:ERROR:  duplicate key", level: "error" },
      {
        line: "2026-11-28 10:00:00.123 UTC [71]: [3-1] user=app,db=db,app=api,client=10.0.0.1 ERROR:  duplicate key",
        level: "error",
      },
      {
        line: '2026-11-28 10:00:00.123 UTC [71] app@db FATAL:  password authentication failed for user "app"',
        level: "critical",
      },
      { line: "2026-11-28 10:00:00.123 UTC [71] WARNING:  there is no transaction", level: "warn" },
      { line: "2026-11-28 10:00:00.123 UTC [71] STATEMENT:  select ERROR", level: "info" },
      { line: "2026-11-28 10:00:00.123 UTC [71] DETAIL:  Key (id)=(1) already exists.", level: "info" },
      {
        line: '2026-11-28 10:00:00.123 UTC,"app","db",71,"10.0.0.1:54321",65f0.47,3,"INSERT",2026-11-28 09:00:00 UTC,3/7,0,ERROR,23505,"duplicate key",,,,,,,,,"api","client backend",,0',
        level: "error",
      },
      {
        line: "2026-11-28 10:00:00.123 UTC [1] WARNING C-0x5600: db/app@10.0.0.1:5432 pooler error: no more connections",
        level: "warn",
      },
      { line: "2026-11-28 10:00:00.123 UTC [1] ERROR S-0x5600: x", level: "error" },
      { line: "2026-11-28 10:00:00,123 ERROR: failed to acquire lock", level: "error" },
      { line: "1:M 28 Nov 2026 10:00:00.000 # Out Of Memory allocating 12 bytes!", level: "warn" },
      { line: "12:S 28 Nov 2026 10:00:00.000 * MASTER <-> REPLICA sync started", level: "info" },
      { line: "1:C 28 Nov 2026 10:00:00.000 * oO0OoO0OoO0Oo Redis is starting", level: "info" },
      { line: "1:X 28 Nov 2026 10:00:00.000 # +sdown master mymaster 10.0.0.1 6379", level: "warn" },
      { line: 'pid=1 role=primary timestamp="28 Nov 2026 10:00:00.000" level=warning message="x"', level: "warn" },
      {
        line: '2026/11/28 10:00:00 [error] 31#31: *1 open() "/x" failed (2: No such file), client: 10.0.0.1, request: "GET /?level=debug HTTP/1.1"',
        level: "error",
      },
      { line: 'nginx: [emerg] host not found in upstream "api" in /etc/nginx/nginx.conf:12', level: "critical" },
      { line: 'nginx: [warn] conflicting server name "x" on 0.0.0.0:80, ignored', level: "warn" },
      { line: '10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /ERROR HTTP/1.1" 200 612 "-" "curl" "-"', level: "info" },
      {
        line: "[Sat Nov 28 10:00:00.123456 2026] [php:error] [pid 7] [client 10.0.0.1:5] PHP Fatal error",
        level: "error",
      },
      {
        line: "[Sat Nov 28 10:00:00.123456 2026] [mpm_event:notice] [pid 7:tid 8] AH00489: Apache configured",
        level: "info",
      },
      { line: "[WARNING]  (1) : Server be/a is DOWN", level: "warn" },
      { line: "[ALERT]    (1) : config : parsing failed", level: "critical" },
      {
        line: '2026-11-28T10:00:00Z ERR github.com/traefik/x.go:12 > failed error="x" providerName=docker',
        level: "error",
      },
      { line: 'time="2026-11-28T10:00:00Z" level=error msg="x" providerName=docker', level: "error" },
      { line: '2026/11/28 10:00:00.123\tERROR\thttp.log.error\tx\t{"request": {}}', level: "error" },
      { line: "[2026-11-28 10:00:00.123][1][critical][main] [source/a.cc:12] x", level: "critical" },
      {
        line: "2026-11-28T10:00:00.123456Z\terror\tenvoy config external/envoy/x.cc:12\tfailed\tthread=12",
        level: "error",
      },
      { line: "[ERROR] plugin/errors: 2 example.com. A: read udp: i/o timeout", level: "error" },
      { line: 'time="2026-11-28T10:00:00.123456789Z" level=error msg="x"', level: "error" },
      { line: 'time="2026-11-28T10:00:00Z" level=warning msg="x" error="y"', level: "warn" },
      { line: '2026-11-28T10:00:00.123Z [ERROR] core: failed: error="x"', level: "error" },
      { line: "2026-11-28T10:00:00.123Z [ERROR] agent.server: failed", level: "error" },
      { line: "2026-11-28 10:00:00.123456+00:00 [error] <0.123.0> failed", level: "error" },
      { line: "2026-11-28 10:00:00.123456+00:00 [notice] <0.44.0> Logging: switching", level: "info" },
      { line: "[1] 2026/11/28 10:00:00.123456 [ERR] failed", level: "error" },
      { line: "[1] 2026/11/28 10:00:00.123456 [FTL] failed", level: "critical" },
      {
        line: "2026.11.28 10:00:00.123456 [ 12 ] {abc-def} <Error> executeQuery: Code: 60. DB::Exception: x",
        level: "error",
      },
      { line: "2026.11.28 10:00:00.123456 [ 12 ] {} <Warning> Application: x", level: "warn" },
      {
        line: "2026-11-28T10:00:00.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed.",
        level: "warn",
      },
      { line: "2026-11-28T10:00:00.123456Z 0 [System] [MY-010931] [Server] ready for connections", level: "info" },
      { line: "2026-11-28 10:00:00 0 [ERROR] InnoDB: failed", level: "error" },
      { line: "2026-11-28 10:00:00+00:00 [ERROR] [Entrypoint]: Database is uninitialized", level: "error" },
      { line: "error: failed to open", level: "error" },
      { line: "fatal: not a git repository", level: "critical" },
      { line: "2026-11-28T10:00:00.123456+00:00 app[web.1]: ERROR failed", level: "error" },
      { line: "[2026-11-28T10:00:00.123Z] fail: Function.Pay[3]", level: "error" },
      { line: "api-1  | 2026-11-28T10:00:00Z ERROR failed", level: "error" },
      { line: "0|api  | 2026-11-28T10:00:00: ERROR failed", level: "error" },
      { line: "2026-11-28 10:00:00,123 CRIT Supervisor is running as root", level: "critical" },
      { line: "2026-11-28 10:00:00,123 WARN exited: api (exit status 1; not expected)", level: "warn" },
      { line: "[2026/11/28 10:00:00] [error] [output:loki] failed", level: "error" },
      { line: "[2026/11/28 10:00:00] [ warn] [engine] failed to flush chunk", level: "warn" },
      { line: "2026-11-28T10:00:00Z E! [inputs.cpu] Error in plugin: x", level: "error" },
      { line: "2026-11-28T10:00:00Z W! [agent] slow", level: "warn" },
      { line: "[2026-11-28T10:00:00.123456] ERROR: failed", level: "error" },
    ],
  },
  {
    name: "further-json",
    samples: [
      { line: '{"L":"ERROR","T":"2026-11-28T10:00:00.123Z","C":"app/main.go:1","M":"failed"}', level: "error" },
      { line: '{"time":"2026-11-28T10:00:00Z","level":"DEBUG-4","msg":"x"}', level: "debug" },
      { line: '{"ts":1764324000123.456,"caller":"a/b.go:1","msg":"x","v":0}', level: "info" },
      {
        line: '{"level":"error","time":"2026-11-28T10:00:00Z","trace_flags":"01","trace_id":"{trace}","span_id":"{span}","msg":"x"}',
        level: "error",
      },
      { line: '{"level":"emerg","message":"x"}', level: "critical" },
      {
        line: '{"0":"failed","_meta":{"runtime":"Nodejs","date":"2026-11-28T10:00:00.123Z","logLevelId":5,"logLevelName":"ERROR"}}',
        level: "error",
      },
      {
        line: '{"name":"api","hostname":"h","pid":1,"level":10,"msg":"x","time":"2026-11-28T10:00:00.000Z","v":0}',
        level: "debug",
      },
      {
        line: '{"Timestamp":"2026-11-28T10:00:00.1234567+01:00","Level":"Error","MessageTemplate":"x","TraceId":"{trace}","SpanId":"{span}","Exception":"System.X: y\\r\\n   at A()"}',
        level: "error",
      },
      { line: '{"@t":"2026-11-28T10:00:00.1234567Z","@m":"x","@l":"Verbose"}', level: "debug" },
      {
        line: '{ "time": "2026-11-28 10:00:00.1234", "level": "Fatal", "nested": { "message": "x" } }',
        level: "critical",
      },
      {
        line: '{"EventId":0,"LogLevel":"Error","Category":"Api","Message":"x","State":{"Message":"x"},"Scopes":[{"Message":"SpanId:{span}, TraceId:{trace}, ParentId:0000000000000000","SpanId":"{span}","TraceId":"{trace}","ParentId":"0000000000000000"},{"ConnectionId":"x"}]}',
        level: "error",
      },
      { line: '{"EventId":0,"LogLevel":"Trace","Category":"Api","Message":"x"}', level: "debug" },
      {
        line: '{"instant":{"epochSecond":1764324000,"nanoOfSecond":123000000},"thread":"main","level":"ERROR","loggerName":"a.B","message":"x","contextMap":{"trace_id":"{trace}","span_id":"{span}"}}',
        level: "error",
      },
      {
        line: '{"type": "server", "timestamp": "2026-11-28T10:00:00,123Z", "level": "WARN", "component": "o.e.x", "message": "slow" }',
        level: "warn",
      },
      {
        line: '{"@timestamp":"2026-11-28T10:00:00.123Z","message":"x","level":"ERROR","mdc":{"traceId":"{trace}","spanId":"{span}"}}',
        level: "error",
      },
      {
        line: '{"timestamp":"2026-11-28T10:00:00.123Z","sequence":1,"loggerName":"a","level":"ERROR","message":"x","mdc":{"traceId":"{trace}"}}',
        level: "error",
      },
      {
        line: '{"asctime": "2026-11-28 10:00:00,123", "levelname": "ERROR", "message": "x", "otelTraceID": "{trace}", "otelSpanID": "{span}", "exc_info": "Traceback"}',
        level: "error",
      },
      { line: '{"time": "2026-11-28 10:00:00", "levelname": "Error", "msg": "x"}', level: "error" },
      {
        line: '{"event": "x", "level": "critical", "timestamp": "2026-11-28T10:00:00.123456Z", "exception": "Traceback"}',
        level: "critical",
      },
      {
        line: '{"message":"x","context":{},"level":400,"level_name":"ERROR","channel":"local","datetime":"2026-11-28T10:00:00.123456+00:00","extra":{}}',
        level: "error",
      },
      {
        line: '{"log.level":"error","@timestamp":"2026-11-28T10:00:00.123Z","log.origin":{"file.name":"a.go"},"message":"x","ecs.version":"1.6.0","trace.id":"{trace}"}',
        level: "error",
      },
      {
        line: '{"@timestamp":"2026-11-28T10:00:00.123Z","log":{"level":"Warning","logger":"x"},"message":"x","span":{"id":"{span}"},"trace":{"id":"{trace}"}}',
        level: "warn",
      },
      {
        line: '{"timestamp":"2026-11-28T10:00:00Z","severity_number":18,"body":"x","trace_id":"{trace}"}',
        level: "error",
      },
      {
        line: '{"resource":{"attributes":{}},"timestamp":1764324000123000,"traceId":"{trace}","spanId":"{span}","severityText":"ERROR","severityNumber":17,"body":"x","attributes":{}}',
        level: "error",
      },
      {
        line: '{"Timestamp":"2026-11-28T10:00:00Z","SeverityText":"Critical","SeverityNumber":21,"Body":"x"}',
        level: "critical",
      },
      {
        line: '{"timestamp":"2026-11-28 10:00:00.123456+0000","messageType":"Error","eventMessage":"x","subsystem":"a"}',
        level: "error",
      },
      {
        line: '{"timestamp":"2026-11-28 10:00:00.123456+0000","messageType":"Fault","eventMessage":"x"}',
        level: "critical",
      },
      {
        line: '{"timestamp":"2026-11-28 10:00:00.123 UTC","pid":71,"error_severity":"FATAL","message":"x"}',
        level: "critical",
      },
      {
        line: '{"level":"error","ts":1764324000.1234,"logger":"http.log.error","msg":"x","request":{"level":"debug"}}',
        level: "error",
      },
      { line: '{"level":"warn","ts":"2026-11-28T10:00:00.123456Z","caller":"a.go:1","msg":"x"}', level: "warn" },
      {
        line: '{"t":{"$date":"2026-11-28T10:00:00.123+00:00"},"s":"W","c":"CONTROL","id":22120,"ctx":"main","msg":"x"}',
        level: "warn",
      },
      {
        line: '{"timestamp":"2026-11-28T10:00:00.123456Z","level":"ERROR","fields":{"message":"x"},"target":"api"}',
        level: "error",
      },
      { line: '{"version":"1.1","host":"h","short_message":"x","level":4,"timestamp":1764324000.123}', level: "warn" },
      {
        line: '{"severity":"CRITICAL","message":"x","logging.googleapis.com/trace":"projects/p/traces/{trace}","logging.googleapis.com/spanId":"{span}"}',
        level: "critical",
      },
      { line: '{"timestamp":"2026-11-28T10:00:00Z","level":"ERROR","message":"x","requestId":"abc"}', level: "error" },
      {
        line: '{"level":"ERROR","location":"h:1","message":"x","timestamp":"2026-11-28 10:00:00,123+0000","service":"pay","xray_trace_id":"1-5759e988-bd862e3fe1be46a994272793"}',
        level: "error",
      },
      { line: '{\n  "level": "error",\n  "msg": "x"\n}', level: "error" },
      { line: '{"level":"error","msg":"x"}   ', level: "error" },
      { line: '{"msg":"x","request":{"level":"error"}}', level: "info" },
      { line: '{"lvl":"error","msg":"x","t":"2026-11-28T10:00:00Z"}', level: "error" },
    ],
  },
];
