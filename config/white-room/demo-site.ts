/** The demo's public site, as the simulator serves it and the probes expect it. */
export const demoSite = {
  /** Known only to the simulator's DNS server. */
  host: "www.white-room.example",
  /** From the range for documentation (RFC 5737). */
  address: "192.0.2.10",
  /** User of the journey. */
  userId: 7,
  /** Password of all demo users; any other is rejected. */
  password: "play-it-again",
} as const;

/** Names of the demo's probes, its journey, and the objective on it. */
export const demoProbes = { page: "demo", dns: "demo-dns", journey: "demo-song" } as const;

/** Secret with the journey's password. Defaults to the password of the demo users. */
export const demoJourneySecret = `journeySecret-${demoProbes.journey}-password` as const;
