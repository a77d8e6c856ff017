/** The demo's public site: what the simulator serves, and the demo's probes expect. */
export const demoSite = {
  /** Known only to the simulator's DNS server. */
  host: "www.white-room.example",
  /** From a range for documentation (RFC 5737). */
  address: "192.0.2.10",
  /** User of the journey. */
  userId: 7,
  /** Password of all demo users; any other is rejected. */
  password: "play-it-again",
} as const;

/** Names of the demo's probes, its journey, and the objective on it. */
export const demoProbes = { page: "demo", dns: "demo-dns", journey: "demo-song" } as const;

/** Key of the journey's password, which defaults to that of the demo users. */
export const demoJourneySecret = `journeySecret-${demoProbes.journey}-password` as const;
