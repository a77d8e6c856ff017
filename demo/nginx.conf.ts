import { basename, dirname } from "node:path/posix";
import { juceBackendRoutes, routePattern } from "../config/white-room/routes.ts";

export interface DemoNginxOptions {
  /** Host and port of the juce-backend's API, such as "demo-simulator:8080". */
  readonly upstream: string;
  /** Path of the access log, or "/dev/stdout". A file is reopened for each line, so that it can be rotated by renaming. */
  readonly accessLog: string;
  /** Path of the error log, or "stderr". */
  readonly errorLog: string;
  /** Port of the proxy; default 8080. */
  readonly port?: number;
  /** Port of `/stub_status`; default 8081. */
  readonly statusPort?: number;
  /** HTTPS listener. `file` contains the certificate followed by its key, and is read at each handshake. */
  readonly tls?: { readonly port: number; readonly file: string };
  /**
   * DNS server, such as Docker's "127.0.0.11": Nginx can then start without the upstream and follows address changes. If
   * unset, the name is resolved once at start-up.
   */
  readonly resolver?: string;
}

/**
 * The demo's nginx.conf: proxies to the juce-backend and logs one JSON line per request. Requires no root privileges and
 * writes only to /tmp and the log directory; supports Nginx 1.22 and later. Start it with
 * `nginx -e stderr -c FILE -g "daemon off;"`.
 */
export function renderDemoNginxConfig(options: DemoNginxOptions): string {
  const { upstream, accessLog, errorLog, port = 8080, statusPort = 8081, tls, resolver } = options;
  return `worker_processes 1;
pid /tmp/nginx.pid;
error_log ${errorLog} warn;

events {
  worker_connections 256;
}

http {
  client_body_temp_path /tmp/nginx-client-body;
  proxy_temp_path /tmp/nginx-proxy;
  fastcgi_temp_path /tmp/nginx-fastcgi;
  uwsgi_temp_path /tmp/nginx-uwsgi;
  scgi_temp_path /tmp/nginx-scgi;

  server_tokens off;
  keepalive_timeout 65s;
  client_max_body_size 1m;
  default_type application/json;
  # Log files with variables in their names require an existing root.
  root /tmp;

  map $time_iso8601 $time_seconds {
    "~^(?<date_and_time>.+)[+-]\\d\\d:\\d\\d$" $date_and_time;
  }
  map $time_iso8601 $time_zone {
    "~(?<offset>[+-]\\d\\d:\\d\\d)$" $offset;
  }
  map $msec $milliseconds {
    "~\\.(?<fraction>\\d+)$" $fraction;
  }
  # Nginx creates no span. It forwards the caller's context, or starts a trace with the ID of the request.
  map $http_x_trace_id $own_trace_id {
    default $request_id;
    "~^[0-9a-f]{32}$" $http_x_trace_id;
  }
  map $request_id $own_span_id {
    "~^(?<first_half>[0-9a-f]{16})" $first_half;
  }
  map $http_traceparent $trace_id {
    default $own_trace_id;
    "~^00-(?<parent>(?!0+-)[0-9a-f]{32})-(?!0+-)[0-9a-f]{16}-[0-9a-f]{2}$" $parent;
  }
  map $http_traceparent $traceparent {
    default "00-$own_trace_id-$own_span_id-01";
    "~^00-(?!0+-)[0-9a-f]{32}-(?!0+-)[0-9a-f]{16}-[0-9a-f]{2}$" $http_traceparent;
  }
  map $status $level {
    default info;
    ~^4 warn;
    ~^5 error;
  }
  map $uri $route {
    default unmatched;
${routes()}
  }

  log_format json_lines escape=json '{"time":"$time_seconds.$milliseconds$time_zone","level":"$level",'
    '"service":"nginx","remote_addr":"$remote_addr","method":"$request_method","uri":"$request_uri","route":"$route",'
    '"status":$status,"request_time":$request_time,"upstream_response_time":"$upstream_response_time",'
    '"bytes":$body_bytes_sent,"user_agent":"$http_user_agent","trace_id":"$trace_id"}';
${accessLogLines(accessLog)}${tls === undefined ? "" : certificateMap(tls)}
${upstreamBlock(upstream, resolver)}
  server {
    listen ${port};
${tls === undefined ? "" : tlsLines(tls)}
    location = /nginx-health {
      access_log off;
      return 200 '{"status":"ok"}';
    }

    location / {
      proxy_pass http://${resolver === undefined ? "juce_backend" : "$juce_backend"};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header traceparent $traceparent;
      proxy_set_header X-Trace-Id $trace_id;
      proxy_connect_timeout 2s;
      proxy_read_timeout 15s;
    }
  }

  server {
    listen ${statusPort};
    access_log off;

    location = /stub_status {
      stub_status;
    }

    location / {
      return 404;
    }
  }
}
`;
}

function routes(): string {
  const templates = [...new Set(juceBackendRoutes.map(({ route }) => route))];
  return templates.map((route) => `    "~${routePattern(route).source.replaceAll("\\/", "/")}" ${route};`).join("\n");
}

/** A path without variables would be opened only once, so renaming would not rotate it. */
function accessLogLines(path: string): string {
  if (path.startsWith("/dev/")) return `  access_log ${path} json_lines;\n`;
  return `  map $server_port $access_log_name {
    default ${basename(path)};
  }
  access_log ${dirname(path)}/$access_log_name json_lines;
`;
}

function tlsLines({ port }: NonNullable<DemoNginxOptions["tls"]>): string {
  return `    listen ${port} ssl;
    ssl_certificate $certificate;
    ssl_certificate_key $certificate;
`;
}

/** With a variable in the path, Nginx starts without the file and needs no reload when it changes. */
function certificateMap({ file }: NonNullable<DemoNginxOptions["tls"]>): string {
  return `
  map $server_port $certificate {
    default ${file};
  }
`;
}

function upstreamBlock(upstream: string, resolver: string | undefined): string {
  if (resolver !== undefined) {
    return `
  resolver ${resolver} valid=10s ipv6=off;
  map $server_port $juce_backend {
    default ${upstream};
  }
`;
  }
  return `
  upstream juce_backend {
    # A single server: marking it as failed would only cause more 502 responses.
    server ${upstream} max_fails=0;
    keepalive 8;
  }
`;
}
