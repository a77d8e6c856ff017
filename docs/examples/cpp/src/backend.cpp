// The juce-backend's instrumentation: HTTP, sign-ins, findings. Serves three routes, and /metrics on a port of its own.
//   ./backend <metrics address:port> <API address:port>

#include <civetweb.h>
#include <prometheus/exposer.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "build_metrics.h"
#include "http_metrics.h"
#include "log_line.h"
#include "security_metrics.h"

namespace {

struct Backend {
  whiteroom::HttpMetrics http;
  whiteroom::SecurityMetrics security;
};

/// The trace's id out of a W3C `traceparent: 00-<32 digits>-<16 digits>-01`; empty when there is none.
std::string trace_of(const mg_connection* connection) {
  const char* header = mg_get_header(connection, "traceparent");
  const std::string value = header == nullptr ? "" : header;
  return value.size() == 55 && value.compare(0, 3, "00-") == 0 ? value.substr(3, 32) : "";
}

int status_of(const whiteroom::Route& route, mg_connection* connection, Backend& backend) {
  if (route.path == "unmatched") return 404;
  if (route.path != "/login") return 200;
  char password[64] = {};
  mg_read(connection, password, sizeof password - 1);
  const bool success = std::string(password) == "play-it-again";
  backend.security.attempt("password", success);
  return success ? 200 : 401;
}

int answer(mg_connection* connection, void* data) {
  auto& backend = *static_cast<Backend*>(data);
  const auto start = std::chrono::steady_clock::now();
  const mg_request_info* request = mg_get_request_info(connection);
  const whiteroom::Route& route = whiteroom::match_route(request->request_method, request->local_uri);
  const int status = status_of(route, connection, backend);
  mg_printf(connection, "HTTP/1.1 %d -\r\nContent-Length: 0\r\n\r\n", status);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  backend.http.request(route, status, took);
  const whiteroom::LogEntry entry{
      status < 400 ? whiteroom::Level::info : whiteroom::Level::warn,
      status < 400 ? "request handled" : "request refused",
      trace_of(connection),
      {{"method", route.method},
       {"route", route.path},
       {"status", static_cast<double>(status)},
       {"duration_ms", took.count() * 1000}},
  };
  std::cout << whiteroom::backend_line(entry, std::chrono::system_clock::now()) + "\n" << std::flush;
  return status;
}

Backend& backend_of(const mg_connection* connection) {
  return *static_cast<Backend*>(mg_get_user_data(mg_get_context(connection)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: backend <metrics address:port> <API address:port>\n";
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  // Before any thread is made, so that all of them leave the signal to sigwait() below.
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  auto registry = std::make_shared<prometheus::Registry>();
  Backend backend{whiteroom::HttpMetrics(*registry), whiteroom::SecurityMetrics(*registry)};
  whiteroom::add_build_metrics(*registry, "2.14.0", "9f3c1d7", std::chrono::system_clock::now());
  for (const char* severity : {"critical", "high", "medium", "low"}) backend.security.findings("trivy", severity, 0);

  prometheus::Exposer exposer{argv[1]};
  exposer.RegisterCollectable(registry);

  mg_callbacks callbacks{};
  callbacks.init_connection = [](const mg_connection* connection, void**) {
    backend_of(connection).http.connections().Increment();
    return 0;
  };
  callbacks.connection_close = [](const mg_connection* connection) {
    backend_of(connection).http.connections().Decrement();
  };
  const char* options[] = {"listening_ports", argv[2], "num_threads", "4", nullptr};
  mg_context* server = mg_start(&callbacks, &backend, options);
  if (server == nullptr) return 1;
  mg_set_request_handler(server, "/", answer, &backend);

  int signal = 0;
  sigwait(&ends, &signal);
  mg_stop(server);
  return 0;
}
