import { applicationJobs } from "../alerts/monitored.ts";
import { defaultObjectives } from "../alerts/objectives.ts";
import { allProbes } from "../products/blackbox/probes.ts";
import { allJourneys } from "../products/journeys/journeys.ts";
import { latencyBuckets, missingMetric } from "../white-room/objectives.ts";
import { either, type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";

type Slo = Settings["slos"][number];

/** Checks of `slos` against the rest of the config. */
export const objectiveChecks: readonly ((settings: Settings) => Problem[])[] = [
  checkNames,
  each(checkThreshold),
  each(checkService),
  checkTargets,
  each(checkProbe),
];

function each(problemOf: (slo: Slo, settings: Settings) => (Problem & { path: keyof Slo }) | undefined) {
  return (settings: Settings): Problem[] =>
    settings.slos.flatMap((slo, index) => {
      const problem = problemOf(slo, settings);
      return problem === undefined ? [] : [{ ...problem, path: `slos[${index}].${problem.path}` }];
    });
}

function checkNames(settings: Settings): Problem[] {
  const defaults = defaultObjectives(settings).map(({ name }) => name);
  const taken = new Set(defaults);
  return settings.slos.flatMap(({ name }, index) => {
    const isDuplicate = taken.has(name);
    taken.add(name);
    const whose = defaults.includes(name) ? "the name of a default objective" : "a duplicate";
    return isDuplicate ? [{ path: `slos[${index}].name`, message: `${show(name)} is ${whose}; use another name` }] : [];
  });
}

function checkThreshold({ of, threshold }: Slo) {
  const path = "threshold" as const;
  if (of !== "latency")
    return threshold === undefined
      ? undefined
      : { path, message: `${threshold} is used only with of: latency; remove it, or set of: latency` };
  const buckets = latencyBuckets.join(", ");
  if (threshold === undefined)
    return { path, message: `is required by of: latency; use a bucket in seconds: ${buckets}` };
  if (latencyBuckets.includes(threshold)) return undefined;
  const distance = (bucket: number) => Math.abs(bucket - threshold);
  const nearest = latencyBuckets.toSorted((a, b) => distance(a) - distance(b))[0];
  return {
    path,
    message: `${threshold} is not a bucket of whiteroom_http_request_duration_seconds; the nearest is ${nearest}; the buckets, in seconds, are ${buckets}`,
  };
}

/** Services of applications; those of probes are known by their probes. */
function checkService({ of, service }: Slo, settings: Settings) {
  const path = "service" as const;
  const known = Object.entries(settings.applications)
    .filter(([, { enabled }]) => enabled)
    .map(([job, application]) => application.service ?? job);
  if (of === "probe") {
    const probed = [...allProbes(settings), ...allJourneys(settings)];
    if (known.includes(service) || probed.some((probe) => probe.service === service)) return undefined;
    return {
      path,
      message: `${show(service)} is not a known service; use ${list([...known, ...probed.map((probe) => probe.service)])}, or add a probe for it to probes.targets or probes.journeys`,
    };
  }
  if (!known.includes(service))
    return { path, message: `${show(service)} is not a known service; use ${list(known)}, or add it to applications` };
  const missing = missingMetric(of, service);
  if (missing === undefined) return undefined;
  return {
    path,
    message: `${show(service)} has no ${missing}, which of: ${of} needs; use another service, or another value for of`,
  };
}

/** Services with objectives have targets. Always true on Kubernetes, where pods are discovered. */
function checkTargets(settings: Settings): Problem[] {
  const scraped = applicationJobs(settings).map(({ service }) => service);
  const withoutData = settings.slos.flatMap(({ of, service }, index) =>
    of === "probe" || scraped.includes(service) ? [] : [{ service, path: `slos[${index}]` }],
  );
  return Object.entries(settings.applications).flatMap(([job, { enabled, service = job }]) => {
    const paths = withoutData.filter((slo) => enabled && slo.service === service).map(({ path }) => path);
    if (paths.length === 0) return [];
    return [
      {
        path: `applications.${job}.targets`,
        message: `is empty, so ${paths.join(", ")} would have no data; add the addresses of the instances, or remove the objective`,
      },
    ];
  });
}

function checkProbe({ of, service, probe }: Slo, settings: Settings) {
  const path = "probe" as const;
  if (of !== "probe")
    return probe === undefined
      ? undefined
      : { path, message: `${show(probe)} is used only with of: probe; remove it, or set of: probe` };
  const probed = [...allProbes(settings), ...allJourneys(settings)];
  const names = probed.map(({ name }) => name);
  const known = names.length === 0 ? "add it to probes.targets" : `use ${list(names)}, or add it to probes.targets`;
  if (probe !== undefined)
    return names.includes(probe) ? undefined : { path, message: `${show(probe)} is not a known probe; ${known}` };
  if (probed.some((each) => each.service === service)) return undefined;
  return { path, message: `is required, because service ${show(service)} has no probe; ${known}` };
}

function list(names: readonly string[]): string {
  return either([...new Set(names)].map((name) => `"${name}"`));
}
