import { juceBackendRoutes, type Route, swiftFrontendRoutes, unmatchedRoute } from "./routes.ts";

/** The simulated services. */
export const services = ["juce-backend", "swift-frontend", "audio-engine"] as const;
export type Service = (typeof services)[number];

/** Their scrape intervals, if not `metrics.scrapeInterval`. */
export const scrapeIntervals = { "audio-engine": "10s" } as const satisfies Partial<Record<Service, string>>;

/** Values of a label in the demo, and the maximum number of values. */
export interface LabelDefinition {
  readonly values: readonly string[];
  readonly bound: number;
}

/** Definition of an application metric, used by the simulator, the guides and the tests. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelDefinition>>;
  /** Upper bounds in seconds; must include each alert threshold and at least one value above. */
  readonly buckets?: readonly number[];
  /** Services that expose the metric. */
  readonly services: readonly Service[];
  /** Existing label combinations, if not all are possible. */
  readonly series?: (service: Service) => readonly Readonly<Record<string, string>>[];
}

const label = (values: readonly string[], bound = values.length): LabelDefinition => ({ values, bound });

const platform = label(["ios", "ipados", "macos", "windows"], 5);
const feature = label(
  [
    "rhythm_generator",
    "harmony_generator",
    "melody_generator",
    "arranger",
    "mixer",
    "sampler",
    "looper",
    "live_performance",
    "midi_export",
    "audio_export",
    "collaboration",
    "preset_browser",
  ],
  30,
);
const instrument = label(
  [
    "grand_piano",
    "electric_piano",
    "string_ensemble",
    "solo_violin",
    "cello",
    "nylon_guitar",
    "electric_guitar",
    "upright_bass",
    "synth_bass",
    "analog_lead",
    "warm_pad",
    "choir",
    "brass_section",
    "alto_sax",
    "flute",
    "marimba",
    "acoustic_kit",
    "electronic_kit",
    "other",
  ],
  51,
);
const ffiFunction = label(
  [
    "engine_start",
    "engine_stop",
    "load_song",
    "save_song",
    "set_parameter",
    "note_on",
    "note_off",
    "switch_performance",
    "render_preview",
    "read_meters",
  ],
  100,
);

const routesOf = (service: Service): readonly Route[] =>
  service === "juce-backend" ? [...juceBackendRoutes, unmatchedRoute] : [...swiftFrontendRoutes, unmatchedRoute];
const allRoutes = [...routesOf("juce-backend"), ...routesOf("swift-frontend")];
const distinct = (values: readonly string[]) => [...new Set(values)].sort();
const method = label(distinct(allRoutes.map((route) => route.method)));
const route = label(distinct(allRoutes.map((each) => each.route)), 50);
const code = label(distinct(allRoutes.flatMap((each) => each.codes)));

const httpServices = ["juce-backend", "swift-frontend"] as const;

/** All application metrics of White Room. */
export const metricCatalogue = [
  {
    name: "whiteroom_http_requests_total",
    type: "counter",
    help: "HTTP requests answered.",
    labels: { method, route, code },
    services: httpServices,
    series: (service) =>
      routesOf(service).flatMap((each) =>
        each.codes.map((status) => ({ method: each.method, route: each.route, code: status })),
      ),
  },
  {
    name: "whiteroom_http_request_duration_seconds",
    type: "histogram",
    help: "Time from a request's first byte to the end of its answer.",
    labels: { method, route },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    services: httpServices,
    series: (service) => routesOf(service).map((each) => ({ method: each.method, route: each.route })),
  },
  {
    name: "whiteroom_http_connections_active",
    type: "gauge",
    help: "Open client connections.",
    labels: {},
    services: httpServices,
  },
  {
    name: "whiteroom_audio_render_duration_seconds",
    type: "histogram",
    help: "Time to render one audio buffer.",
    labels: {},
    buckets: [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25],
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_audio_buffer_period_seconds",
    type: "gauge",
    help: "Time one audio buffer lasts: frames / sample rate.",
    labels: {},
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_audio_render_deadline_misses_total",
    type: "counter",
    help: "Audio buffers that took longer to render than they last.",
    labels: {},
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_audio_xruns_total",
    type: "counter",
    help: "Buffer underruns (output) and overruns (input) of the audio device.",
    labels: { direction: label(["input", "output"]) },
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_audio_channel_cpu_seconds_total",
    type: "counter",
    help: "CPU time spent on rendering a mixer channel.",
    labels: {
      channel: label(
        Array.from({ length: 8 }, (_, index) => String(index + 1)),
        64,
      ),
    },
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_ffi_calls_total",
    type: "counter",
    help: "Calls from Swift into the C++ engine.",
    labels: { function: ffiFunction, result: label(["ok", "error"]) },
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_ffi_call_duration_seconds",
    type: "histogram",
    help: "Duration of calls from Swift into the C++ engine.",
    labels: { function: ffiFunction },
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    services: ["audio-engine"],
  },
  {
    name: "whiteroom_active_users",
    type: "gauge",
    help: "Distinct users seen in the last day (DAU), week (WAU) and month (MAU).",
    labels: { window: label(["1d", "7d", "30d"]) },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_sessions_active",
    type: "gauge",
    help: "Sessions open now.",
    labels: {},
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_user_signups_total",
    type: "counter",
    help: "Accounts created.",
    labels: { platform },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_songs_created_total",
    type: "counter",
    help: "Songs created.",
    labels: { platform },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_performances_switched_total",
    type: "counter",
    help: "Switches from one performance to another.",
    labels: { platform },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_session_duration_seconds",
    type: "histogram",
    help: "Duration of sessions that have ended.",
    labels: { platform },
    buckets: [60, 300, 600, 1200, 1800, 3600, 7200, 14_400],
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_feature_uses_total",
    type: "counter",
    help: "Uses of a feature.",
    labels: { feature },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_feature_errors_total",
    type: "counter",
    help: "Uses of a feature that ended in an error.",
    labels: { feature },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_instrument_uses_total",
    type: "counter",
    help: "Instruments loaded: the top 50 by name, all others as other.",
    labels: { instrument },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_user_retention_ratio",
    type: "gauge",
    help: "Share of new users who came back on that day after signing up.",
    labels: { day: label(["1", "7", "30"]) },
    services: ["swift-frontend"],
  },
  {
    name: "whiteroom_auth_attempts_total",
    type: "counter",
    help: "Attempts to sign in.",
    labels: { result: label(["success", "failure"]), method: label(["password", "apple", "token"]) },
    services: ["juce-backend"],
  },
  {
    name: "whiteroom_security_findings",
    type: "gauge",
    help: "Open findings of the last security scan.",
    labels: {
      scanner: label(["trivy", "osv-scanner", "semgrep"]),
      finding_severity: label(["critical", "high", "medium", "low"]),
    },
    services: ["juce-backend"],
  },
  {
    name: "whiteroom_deployment_timestamp_seconds",
    type: "gauge",
    help: "Unix time of the last deployment.",
    labels: {},
    services,
  },
  {
    name: "whiteroom_build_info",
    type: "gauge",
    help: "Always 1; the labels name the build that runs.",
    labels: { version: label(["2.14.0"], 1), revision: label(["9f3c1d7"], 1) },
    services,
  },
] as const satisfies readonly MetricDefinition[];

export type MetricName = (typeof metricCatalogue)[number]["name"];

/** The definition of a metric. */
export function metricDefinition(name: MetricName): MetricDefinition {
  const found = metricCatalogue.find((metric) => metric.name === name);
  if (found === undefined) throw new Error(`no metric ${name} in the catalogue`);
  return found;
}

/** Values of a label in the demo. */
export function labelValues(name: MetricName, labelName: string): readonly string[] {
  return metricDefinition(name).labels[labelName]?.values ?? [];
}

/** All label combinations of a metric that a service exposes. */
export function seriesOf(metric: MetricDefinition, service: Service): readonly Readonly<Record<string, string>>[] {
  if (metric.series !== undefined) return metric.series(service);
  return Object.entries(metric.labels).reduce<Record<string, string>[]>(
    (combinations, [name, { values }]) =>
      combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value }))),
    [{}],
  );
}
