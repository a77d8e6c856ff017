import { eventually } from "../running-stack.ts";
import { stack } from "../sandbox/sandbox.ts";
import type { Fault } from "./expected.ts";

/** How a fault begins, and how it ends. */
interface Course {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
}

const control = async (method: "POST" | "DELETE", fault: string, service?: string) => {
  const parameters = new URLSearchParams({
    ...(method === "POST" && { duration: "10m" }),
    ...(service !== undefined && { service }),
  });
  const answer = await fetch(`http://127.0.0.1:8009/faults/${fault}?${parameters}`, { method });
  if (!answer.ok) throw new Error(`the demo answers ${answer.status}: ${await answer.text()}`);
};

const simulated = (fault: string, service?: string): Course => ({
  begin: () => control("POST", fault, service),
  end: () => control("DELETE", fault, service),
});

const stopped = (workload: string): Course => ({
  begin: () => stack.stop(workload),
  end: () => stack.start(workload),
});

export const courses: Record<Fault, Course> = {
  errors: simulated("errors"),
  latency: simulated("latency"),
  "audio-overload": simulated("audio-overload"),
  "ffi-slow": simulated("ffi-slow"),
  "auth-failures": simulated("auth-failures"),
  silence: simulated("silence"),
  certificate: simulated("certificate"),
  "login-broken": simulated("login-broken"),
  dns: simulated("dns"),
  "crash of juce-backend": simulated("crash", "juce-backend"),
  "crash of swift-frontend": simulated("crash", "swift-frontend"),
  "crash of audio-engine, its FFI already slow": {
    begin: async () => {
      await control("POST", "ffi-slow");
      await eventually("FfiLatencyHigh pending", 60, async () => (await alerts("FfiLatencyHigh")).includes("pending"));
      await control("POST", "crash", "audio-engine");
      await control("DELETE", "ffi-slow");
    },
    end: () => control("DELETE", "crash", "audio-engine"),
  },
  "postgres stopped": stopped("demo-postgres"),
  "redis stopped": stopped("demo-redis"),
  "nginx stopped": stopped("demo-nginx"),
};

/** States of an alert in Prometheus, which does not tell Alertmanager of a pending one. */
async function alerts(name: string): Promise<string[]> {
  const series = await stack.prometheus(`ALERTS{alertname="${name}"}`);
  return series.map(({ metric }) => metric["alertstate"] ?? "");
}
