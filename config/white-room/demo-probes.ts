import type { Settings } from "../settings/schema.ts";

type Journey = Settings["probes"]["journeys"][number];

/** Journeys of the demo. */
export const demoJourneys: readonly Journey[] = [];
