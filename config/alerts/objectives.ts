import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { defaultServices } from "../white-room/objectives.ts";
import { applicationJobs } from "./monitored.ts";

/** A service level objective with all defaults. */
export interface Objective extends Omit<Settings["slos"][number], "objective" | "minimumEvents"> {
  /** Target share of good events, 0 to 1. */
  readonly target: number;
  /** Share of events that may fail, 0 to 1. */
  readonly budget: number;
  readonly minimumEvents: number;
}

/** Defaults of `slos[].minimumEvents`. Probes are few and come at a steady rate. */
export const defaultMinimum = { requests: 100, latency: 100, render: 100, probe: 10 } as const;

/** The objective of juce-backend and swift-frontend, which the budget alerts of every instance also use. */
export const defaultObjective = { objective: 99.9, window: "30d", of: "requests", team: "platform" } as const;

/** Share of requests that may fail by default: the SLO is 99.9 % of requests without a server error. */
export const errorBudget = share(100 - defaultObjective.objective);

/** Objectives in the config. */
export function ownObjectives({ slos }: Settings): Objective[] {
  return slos.map(complete);
}

/** Services with an objective in the config that takes the place of their default one. */
export function servicesWithOwn({ slos }: Settings): string[] {
  return [...new Set(slos.filter(({ of }) => of === "requests").map(({ service }) => service))].sort();
}

/** Default objectives of the services that are scraped. */
export function defaultObjectives(settings: Settings): Objective[] {
  const own = servicesWithOwn(settings);
  const services = applicationJobs(settings)
    .filter(({ job }) => defaultServices.includes(job))
    .map(({ service }) => service);
  return [...new Set(services)]
    .filter((service) => !own.includes(service))
    .map((service) => complete({ ...defaultObjective, name: `${service}-requests`, service }));
}

/** All objectives of a stack. */
export function objectives(settings: Settings): Objective[] {
  return [...ownObjectives(settings), ...defaultObjectives(settings)];
}

/** Number of days in the window of an objective. */
export function daysOf({ window }: Pick<Objective, "window">): number {
  return seconds(window) / 86_400;
}

function complete({ objective, minimumEvents, ...slo }: Settings["slos"][number]): Objective {
  return {
    ...slo,
    target: share(objective),
    budget: share(100 - objective),
    minimumEvents: minimumEvents ?? defaultMinimum[slo.of],
  };
}

/** Percent to ratio, without the noise of floating point. */
function share(percent: number): number {
  return Number((percent / 100).toPrecision(10));
}
