import type { AlertName } from "../../config/alerts/catalogue.ts";
import { type Service, services } from "../../config/white-room/metrics.ts";

/** What can be made to go wrong, what it does, and the alerts it raises when it lasts as long as they wait. */
export const faultCatalogue = {
  errors: {
    does: "The juce-backend answers every fifth request with 5xx.",
    raises: ["HighErrorRate", "ErrorBudgetBurnFast", "ErrorLogBurst"],
  },
  latency: { does: "The juce-backend takes 1.5 to 3 seconds a request.", raises: ["HighLatencyP95"] },
  "audio-overload": {
    does: "Buffers take over 50 ms to render: missed deadlines, XRUNs.",
    raises: ["AudioProcessingOverload", "AudioDeadlineMisses", "AudioXruns"],
  },
  "ffi-slow": { does: "Calls from Swift into the engine take over 0.25 s.", raises: ["FfiLatencyHigh"] },
  "auth-failures": { does: "Eight failed logins a second.", raises: ["UnusualAuthFailures"] },
  silence: { does: "No log lines, no requests, no songs; hardly a session.", raises: ["LowActiveUsers"] },
  crash: {
    does: "One service's port closes until the end; its counters restart at 0.",
    raises: ["ServiceDown", "NginxUpstreamFailures", "ErrorLogBurst"],
  },
} as const satisfies Record<string, { does: string; raises: readonly AlertName[] }>;

export type FaultName = keyof typeof faultCatalogue;
export const faultNames = Object.keys(faultCatalogue) as FaultName[];

/** A fault that goes on. */
export interface ActiveFault {
  readonly name: FaultName;
  /** The service that crashed; only of `crash`. */
  readonly service?: Service;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

export type FaultListener = (fault: ActiveFault, state: "started" | "ended") => void;

/** The faults that go on now; each ends by itself. */
export class Faults {
  readonly #active = new Map<string, { fault: ActiveFault; timer: NodeJS.Timeout }>();
  readonly #listeners: FaultListener[] = [];

  /** Called at once when a fault starts and when it ends, not when it is prolonged. */
  onChange(listener: FaultListener): void {
    this.#listeners.push(listener);
  }

  isActive(name: FaultName, service?: Service): boolean {
    return this.#active.has(idOf(name, service));
  }

  list(): readonly ActiveFault[] {
    return [...this.#active.values()].map(({ fault }) => fault);
  }

  /** Starts a fault, or gives the one that goes on a new end. */
  start(name: FaultName, duration: number, service?: Service): ActiveFault {
    const id = idOf(name, service);
    const previous = this.#active.get(id);
    clearTimeout(previous?.timer);
    const fault = { name, ...(service === undefined ? {} : { service }), endsAt: Date.now() + duration };
    const timer = setTimeout(() => this.#end(id), duration);
    timer.unref();
    this.#active.set(id, { fault, timer });
    if (previous === undefined) this.#tell(fault, "started");
    return fault;
  }

  /** Ends a fault; without a service, every one of its name. Returns what ended. */
  end(name: FaultName, service?: Service): readonly ActiveFault[] {
    const ended = this.list().filter(
      (fault) => fault.name === name && (service === undefined || fault.service === service),
    );
    for (const fault of ended) this.#end(idOf(fault.name, fault.service));
    return ended;
  }

  /** Ends all without telling anyone: for the program's own end. */
  dispose(): void {
    for (const { timer } of this.#active.values()) clearTimeout(timer);
    this.#active.clear();
  }

  #end(id: string): void {
    const entry = this.#active.get(id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#active.delete(id);
    this.#tell(entry.fault, "ended");
  }

  #tell(fault: ActiveFault, state: "started" | "ended"): void {
    for (const listener of this.#listeners) listener(fault, state);
  }
}

/** Whether a text names a service. */
export function isService(text: string): text is Service {
  return (services as readonly string[]).includes(text);
}

/** Whether a text names a fault. */
export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(faultCatalogue, text);
}

const idOf = (name: FaultName, service: Service | undefined) => (service === undefined ? name : `${name}:${service}`);
