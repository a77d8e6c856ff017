import { z } from "zod";
import { platformNames } from "../../components/platform/traits.ts";
import { type ImageName, images as knownImages } from "../products/images.ts";
import { isHostAndPort, isUrlHost } from "./hosts.ts";
import { alerting } from "./sections/alerting.ts";
import { demo } from "./sections/demo.ts";
import { docker } from "./sections/docker.ts";
import { applications, exporters } from "./sections/exporters.ts";
import { kubernetes } from "./sections/kubernetes.ts";
import { logs } from "./sections/logs.ts";
import { metrics } from "./sections/metrics.ts";
import { network } from "./sections/network.ts";
import { probes } from "./sections/probes.ts";
import { slos } from "./sections/slos.ts";
import { tracing } from "./sections/tracing.ts";
import { visualization } from "./sections/visualization.ts";
import { name, text } from "./units.ts";

/** A registry, and the path of a repository: https://github.com/distribution/reference */
function isRepository(text: string): boolean {
  const [registry = "", ...path] = text.split("/");
  const isRegistry = isUrlHost(registry) || isHostAndPort(registry);
  return (
    registry === registry.toLowerCase() &&
    isRegistry &&
    text.length <= 200 &&
    path.every((part) => /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/.test(part))
  );
}

const imageOverride = z.strictObject({
  repository: text(
    (written) => written.includes("/") && isRepository(written),
    'is not a valid repository; use registry and path, such as "quay.io/prometheus/prometheus"',
  ).optional(),
  tag: text(/^[\w][\w.-]{0,127}$/, 'is not a valid tag; use a tag such as "v3.15.1"').optional(),
  digest: text(
    /^sha256:[0-9a-f]{64}$/,
    'is not a valid digest; use "sha256:" followed by 64 hexadecimal digits',
  ).optional(),
});

const images = z
  .strictObject({
    mirror: text(isRepository, 'is not a valid registry; use host and path, such as "registry.example.com/mirror"')
      .optional()
      .describe("Registry mirror to use instead of each image's registry."),
    ...(Object.fromEntries(Object.keys(knownImages).map((image) => [image, imageOverride.optional()])) as Record<
      ImageName,
      z.ZodOptional<typeof imageOverride>
    >),
  })
  .prefault({});

/** Schema of the stack config: keys, defaults, bounds and descriptions. Secrets are separate top-level keys, see secrets.ts. */
export const schema = z.strictObject({
  platform: z.enum(platformNames).describe("Where the stack runs: a single Docker host, or a Kubernetes cluster."),
  environment: name.describe("Value of the env label on every series and log line, such as dev, staging or prod."),
  cluster: name.default("white-room").describe("Value of the cluster label on every series and log line."),
  metrics,
  logs,
  alerting,
  exporters,
  applications: applications.describe(
    "Scrape jobs of the White Room services, by name. juce-backend, swift-frontend and audio-engine are built in.",
  ),
  visualization,
  slos,
  probes,
  tracing,
  demo,
  images: images.describe("Image overrides: `mirror` for all images, or repository, tag and digest per image."),
  network,
  docker,
  kubernetes,
});

/** Top-level keys of the stack config, without secrets. */
export const configKeys = Object.keys(schema.shape) as (keyof typeof schema.shape)[];

export type Settings = DeepReadonly<z.output<typeof schema>>;
export type LogsSettings = Settings["logs"];
export type AlertingSettings = Settings["alerting"];
export type ExportersSettings = Settings["exporters"];

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
