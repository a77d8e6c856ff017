import { traitsOf } from "../../components/platform/traits.ts";
import { products } from "../products/all.ts";
import { probeJob } from "../products/blackbox/product.ts";
import { elsewherePool, hostExporterNames, hostExporters } from "../products/host-exporters.ts";
import { demoTargetsBefore } from "../white-room/demo.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";

export function checkDuplicateItems(settings: Settings): Problem[] {
  const { alerting, metrics, logs, exporters, applications, probes } = settings;
  const lists: [string, readonly string[]][] = [
    ["metrics.remoteWrite", metrics.remoteWrite.map(({ name, url }) => name ?? url)],
    ["logs.remote", logs.remote.map(({ name }) => name)],
    ["probes.targets", probes.targets.map(({ name }) => name)],
    ["alerting.email.to.default", alerting.email.to.default],
    ...Object.entries(alerting.teams).map(([team, { email }]): [string, readonly string[]] => [
      `alerting.teams.${team}.email`,
      email,
    ]),
    ...(["postgres", "redis", "nginx"] as const).map((exporter): [string, string[]] => [
      `exporters.${exporter}.targets`,
      exporters[exporter].targets.map(({ name }) => name),
    ]),
    ...hostExporterNames.map((exporter): [string, readonly string[]] => [
      `exporters.${exporter}.targets`,
      exporters[exporter].targets,
    ]),
    ...Object.entries(applications).map(([job, { targets }]): [string, readonly string[]] => [
      `applications.${job}.targets`,
      targets,
    ]),
  ];
  return lists.flatMap(([path, targets]) => {
    const before = demoTargetsBefore(settings, path);
    const known = new Set<string>();
    return targets.flatMap((target, index) => {
      const isDuplicate = known.has(target);
      known.add(target);
      return isDuplicate
        ? [{ path: `${path}[${index - before}]`, message: `${show(target)} is a duplicate; remove or rename it` }]
        : [];
    });
  });
}

const builtInJobs = [...products.flatMap(({ job }) => job ?? []), probeJob];

/** Additional jobs on Kubernetes. */
const clusterJobs = [
  "kubelet",
  "apiserver",
  "kube-state-metrics",
  "kubernetes-pods",
  "kubernetes-services",
  ...Object.values(hostExporters).map(({ job }) => elsewherePool(job)),
];

/** Prometheus rejects duplicate job names. */
export function checkJobNames(settings: Settings): Problem[] {
  const taken = traitsOf(settings).discoversTargets ? [...builtInJobs, ...clusterJobs] : builtInJobs;
  return Object.keys(settings.applications)
    .filter((job) => taken.includes(job))
    .map((job) => ({
      path: `applications.${job}`,
      message: `is the name of a built-in scrape job; use another name, such as "my-${job}"`,
    }));
}
