"""The server side of the app: takes batches from phones on one port, serves /metrics on another.

python aggregator.py <metrics port> <API port>
"""

import json
import logging
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from batches import Batches, Refused
from json_log import trace_id, trace_of, write_json_lines
from prometheus_client import CollectorRegistry, disable_created_metrics, start_http_server
from server_metrics import ROUTES, Metrics

log = logging.getLogger("com.whiteroom.aggregator")
LONGEST_BATCH = 256 * 1024


def handler(metrics: Metrics, batches: Batches) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            metrics.connections.inc()

        def finish(self) -> None:
            metrics.connections.dec()
            super().finish()

        def do_GET(self) -> None:
            self._measure("GET")

        def do_POST(self) -> None:
            self._measure("POST")

        def _measure(self, method: str) -> None:
            started = time.perf_counter()
            token = trace_id.set(trace_of(self.headers.get("traceparent")))
            known = [route for route in ROUTES if route[:2] == (method, self.path)]
            # The route's name, never the path that was asked for: strangers would make series without end.
            label_method, route, _ = known[0] if known else ROUTES[-1]
            try:
                status, body = self._answer(route)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            finally:
                seconds = time.perf_counter() - started
            metrics.requests.labels(label_method, route, str(status)).inc()
            metrics.request_seconds.labels(label_method, route).observe(seconds)
            fields = {"method": label_method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 1)}
            level = logging.INFO if status < 400 else logging.WARNING
            log.log(level, "request handled" if status < 400 else "request refused", extra={"fields": fields})
            trace_id.reset(token)

        def _answer(self, route: str) -> tuple[int, dict]:
            length = int(self.headers.get("Content-Length") or 0)
            if length > LONGEST_BATCH:
                self.close_connection = True
                return 400, {"error": f"longer than {LONGEST_BATCH} bytes"}
            sent = self.rfile.read(length)
            if route == "/v1/config":
                return 200, {"flushSeconds": 60}
            if route != "/v1/events":
                return 404, {"error": "no such route"}
            try:
                return 202, {"counted": batches.take(json.loads(sent))}
            except (Refused, ValueError) as error:
                return 400, {"error": str(error)}

        def log_message(self, *_: object) -> None:
            """Its own line a request is no JSON."""

    return Handler


def main() -> None:
    metrics_port, api_port = map(int, sys.argv[1:])
    write_json_lines(sys.stdout)
    # Without it each counter has a second series, `…_created`, that nobody asks.
    disable_created_metrics()
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.build.labels("2.14.0", "9f3c1d7").set(1)
    metrics.deployed.set(time.time())
    metrics.sessions.set(0)
    metrics.set_users({"1d": 2400, "7d": 7900, "30d": 18600}, {"1": 0.44, "7": 0.27, "30": 0.15})
    start_http_server(metrics_port, "127.0.0.1", registry)
    server = ThreadingHTTPServer(("127.0.0.1", api_port), handler(metrics, Batches(metrics)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


if __name__ == "__main__":
    main()
