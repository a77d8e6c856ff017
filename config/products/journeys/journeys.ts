import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { journeySecret, journeySecrets } from "../../settings/secrets.ts";
import { seconds } from "../../settings/units.ts";

type Written = Settings["probes"]["journeys"][number];
type WrittenStep = Written["steps"][number];

/** A journey with its defaults. */
export type ConfiguredJourney = Written & { readonly service: string; readonly timeout: string };

/** A step as the runner reads it, with durations in seconds. */
export interface StepConfig extends Omit<WrittenStep, "timeout"> {
  readonly timeout: number;
}

/** A journey as the runner reads it. */
export interface JourneyConfig {
  readonly name: string;
  readonly service: string;
  readonly team: string;
  readonly every: number;
  readonly timeout: number;
  readonly tls: Written["tls"];
  /** File of each secret, by its name in the steps. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly steps: readonly StepConfig[];
}

/** All journeys of a stack. */
export function allJourneys({ probes }: Settings): ConfiguredJourney[] {
  if (!probes.enabled) return [];
  return probes.journeys.map((journey) => ({
    ...journey,
    service: journey.service ?? journey.name,
    timeout: journey.timeout ?? usual(journey.every),
  }));
}

/** Default timeout. */
function usual(every: string): string {
  return seconds(every) < 30 ? every : "30s";
}

/** The runner's config. */
export function renderJourneys(settings: Settings): RenderedFile[] {
  const journeys = allJourneys(settings).map(
    ({ name, service, team, every, timeout, tls, steps }): JourneyConfig => ({
      name,
      service,
      team,
      every: seconds(every),
      timeout: seconds(timeout),
      tls,
      secrets: Object.fromEntries(journeySecrets({ steps }).map((secret) => [secret, journeySecret(name, secret)])),
      steps: steps.map((step) => ({ ...step, timeout: seconds(step.timeout) })),
    }),
  );
  return [{ path: "journeys.json", content: `${JSON.stringify({ journeys }, undefined, 2)}\n` }];
}

/** Keys of all secrets that the journeys use. */
export function runnerSecrets(settings: Settings): string[] {
  return allJourneys(settings).flatMap(({ name, steps }) =>
    journeySecrets({ steps }).map((secret) => journeySecret(name, secret)),
  );
}
