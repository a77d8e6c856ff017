import { z } from "zod";
import { platformNames } from "../../components/platform/traits.ts";
import { type ImageName, images as knownImages } from "../products/images.ts";
import { alerting } from "./sections/alerting.ts";
import { demo } from "./sections/demo.ts";
import { docker } from "./sections/docker.ts";
import { applications, exporters } from "./sections/exporters.ts";
import { kubernetes } from "./sections/kubernetes.ts";
import { logs } from "./sections/logs.ts";
import { metrics } from "./sections/metrics.ts";
import { network } from "./sections/network.ts";
import { visualization } from "./sections/visualization.ts";
import { name, text } from "./units.ts";

const imageOverride = z.strictObject({
  repository: text(
    /^[a-z0-9.:-]+(?:\/[a-z0-9._-]+)+$/,
    'is no repository: write registry and path, such as "quay.io/prometheus/prometheus"',
  ).optional(),
  tag: text(/^[\w][\w.-]{0,127}$/, 'is no tag: write a tag such as "v3.15.1"').optional(),
  digest: text(/^sha256:[0-9a-f]{64}$/, 'is no digest: write "sha256:" and 64 hexadecimal digits').optional(),
});

const images = z
  .strictObject({
    mirror: text(
      /^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)*$/,
      'is no registry: write host and path, such as "registry.example.com/mirror"',
    )
      .optional()
      .describe("A registry that takes the place of every image's own."),
    ...(Object.fromEntries(Object.keys(knownImages).map((image) => [image, imageOverride.optional()])) as Record<
      ImageName,
      z.ZodOptional<typeof imageOverride>
    >),
  })
  .prefault({});

/** Every key of the stack config, with its default, its bounds and what it means. Secrets are flat keys of their own: secrets.ts. */
export const schema = z.strictObject({
  platform: z.enum(platformNames).describe("Where the stack runs: one host's Docker Engine, or a Kubernetes cluster."),
  environment: name.describe("Label env on every series and log line: dev, staging, prod."),
  cluster: name.default("white-room").describe("Label cluster on every series and log line."),
  metrics,
  logs,
  alerting,
  exporters,
  applications: applications.describe(
    "Scrape jobs of White Room's own programs by name; juce-backend, swift-frontend and audio-engine are always there.",
  ),
  visualization,
  demo,
  images: images.describe("Where images come from. `mirror` for all; or one by one: repository, tag, digest."),
  network,
  docker,
  kubernetes,
});

/** Keys of the stack config that the schema reads, without the secrets. */
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
