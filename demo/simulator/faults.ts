import type { AlertName } from "../../config/alerts/catalogue.ts";
import { type Service, services } from "../../config/white-room/metrics.ts";

/** Faults with their effects, and the alerts they raise if they last long enough. */
export const faultCatalogue = {
  errors: {
    does: "The juce-backend returns 5xx for every fifth GET request.",
    raises: ["HighErrorRate", "ErrorBudgetBurnFast", "ErrorLogBurst"],
  },
  latency: {
    does: "The juce-backend waits 1.5 to 3 seconds for a database connection per request.",
    raises: ["HighLatencyP95"],
  },
  "audio-overload": {
    does: "Buffers take more than 50 ms to render, which causes missed deadlines and XRUNs.",
    raises: ["AudioProcessingOverload", "AudioDeadlineMisses", "AudioXruns"],
  },
  "ffi-slow": { does: "Calls from Swift into the engine take more than 0.25 s.", raises: ["FfiLatencyHigh"] },
  "auth-failures": { does: "Eight failed logins per second.", raises: ["UnusualAuthFailures"] },
  silence: { does: "No log lines, requests or songs, and hardly any sessions.", raises: ["LowActiveUsers"] },
  crash: {
    does: "The ports of a service are closed for the duration; its counters restart at 0.",
    raises: ["ServiceDown", "ProbeFailed", "JourneyFailed", "NginxUpstreamFailures", "ErrorLogBurst"],
  },
  certificate: { does: "The certificate of the public site expires in two days.", raises: ["CertificateExpiring"] },
  "login-broken": { does: "Logins succeed, but return no session token.", raises: ["JourneyFailed"] },
  dns: { does: "The DNS server of the public site answers SERVFAIL.", raises: ["ProbeFailed"] },
} as const satisfies Record<string, { does: string; raises: readonly AlertName[] }>;

export type FaultName = keyof typeof faultCatalogue;
export const faultNames = Object.keys(faultCatalogue) as FaultName[];

/** An active fault. */
export interface ActiveFault {
  readonly name: FaultName;
  /** The crashed service; only for `crash`. */
  readonly service?: Service;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

export type FaultListener = (fault: ActiveFault, state: "started" | "ended") => void;

/** Active faults, which end automatically. */
export class Faults {
  readonly #active = new Map<string, { fault: ActiveFault; timer: NodeJS.Timeout }>();
  readonly #listeners: FaultListener[] = [];

  /** Calls the listener synchronously when a fault starts or ends, but not when it is extended. */
  onChange(listener: FaultListener): void {
    this.#listeners.push(listener);
  }

  isActive(name: FaultName, service?: Service): boolean {
    return this.#active.has(idOf(name, service));
  }

  list(): readonly ActiveFault[] {
    return [...this.#active.values()].map(({ fault }) => fault);
  }

  /** Starts a fault, or sets a new end for an active one. */
  start(name: FaultName, duration: number, service?: Service): ActiveFault {
    const id = idOf(name, service);
    const previous = this.#active.get(id);
    clearTimeout(previous?.timer);
    const fault = { name, ...(service === undefined ? {} : { service }), endsAt: Date.now() + duration };
    const timer = setTimeout(() => this.#end(id), duration);
    timer.unref();
    this.#active.set(id, { fault, timer });
    if (previous === undefined) this.#notify(fault, "started");
    return fault;
  }

  /** Ends a fault; without a service, all faults with this name. Returns the ended faults. */
  end(name: FaultName, service?: Service): readonly ActiveFault[] {
    const ended = this.list().filter(
      (fault) => fault.name === name && (service === undefined || fault.service === service),
    );
    for (const fault of ended) this.#end(idOf(fault.name, fault.service));
    return ended;
  }

  /** Ends all faults without notifying listeners, for shutdown. */
  dispose(): void {
    for (const { timer } of this.#active.values()) clearTimeout(timer);
    this.#active.clear();
  }

  #end(id: string): void {
    const entry = this.#active.get(id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#active.delete(id);
    this.#notify(entry.fault, "ended");
  }

  #notify(fault: ActiveFault, state: "started" | "ended"): void {
    for (const listener of this.#listeners) listener(fault, state);
  }
}

/** Whether a string is a service name. */
export function isService(text: string): text is Service {
  return (services as readonly string[]).includes(text);
}

/** Whether a string is a fault name. */
export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(faultCatalogue, text);
}

const idOf = (name: FaultName, service: Service | undefined) => (service === undefined ? name : `${name}:${service}`);
