/** A value that the tests of previews change, on both platforms. */
export interface Change {
  readonly path: string;
  readonly to: string;
  readonly back: string;
}

/** Largest number of marked lines for one changed value. */
export const limit = 15;

export const changes = {
  "an alert's threshold": { path: "alerting.rules.HighCpuUsage.threshold", to: "0.8", back: "0.9" },
  "a route's wait": { path: "alerting.waits.high.repeatInterval", to: "3h", back: "4h" },
  "a scrape target": {
    path: "applications.license-server.targets[0]",
    to: "licenses.internal:9401",
    back: "licenses.internal:9400",
  },
  "a log pipeline": {
    path: "logs.sources.nginx.paths[0]",
    to: "/var/log/white-room/proxy/*.log",
    back: "/var/log/white-room/nginx/access.log",
  },
  "a limit of Loki": { path: "logs.maxStreams", to: "6000", back: "5000" },
} as const satisfies Record<string, Change>;

export type ChangeName = keyof typeof changes;
