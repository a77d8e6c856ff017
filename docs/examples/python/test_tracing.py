"""Sends spans to a receiver of its own and reads them back."""

import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tracing import request_span, start_tracing, trace_id_of, tracer

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Receiver(BaseHTTPRequestHandler):
    spans: list = []
    services: set = set()

    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in sent.resource_spans:
            names = [each.value.string_value for each in resource.resource.attributes if each.key == "service.name"]
            Receiver.services.update(names)
            for scope in resource.scope_spans:
                Receiver.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Tracing(unittest.TestCase):
    def test_a_request_continues_the_callers_trace(self) -> None:
        server = HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
        provider = start_tracing("swift-frontend")
        with request_span("POST", "/v1/events", {"traceparent": f"00-{TRACE}-{CALLER}-01"}) as span:
            self.assertEqual(trace_id_of(span), TRACE)
            with tracer.start_as_current_span("store batch"):
                pass
        with request_span("GET", "/v1/config", {"traceparent": f"00-{'5' * 32}-{CALLER}-00"}):
            pass
        provider.shutdown()
        server.shutdown()
        server.server_close()

        self.assertEqual(Receiver.services, {"swift-frontend"})
        child, request = Receiver.spans
        self.assertEqual((request.name, request.kind), ("POST /v1/events", 2))
        self.assertEqual((request.trace_id.hex(), request.parent_span_id.hex()), (TRACE, CALLER))
        self.assertEqual((child.name, child.parent_span_id), ("store batch", request.span_id))


if __name__ == "__main__":
    unittest.main()
