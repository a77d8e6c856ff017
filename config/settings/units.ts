import { z } from "zod";

// Set here because every module with schemas imports this one. The config is parsed once, so compiling parsers costs more
// than it saves.
z.config({ jitless: true });

const secondsPerUnit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const;
const durationPattern = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/** Parses a Prometheus duration ("15s", "1h30m", "15d") to seconds; undefined if invalid. */
export function parseDuration(text: string): number | undefined {
  if (text === "" || !durationPattern.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    seconds += Number(count) * secondsPerUnit[unit as keyof typeof secondsPerUnit];
  }
  return seconds;
}

/** Converts a validated duration to seconds. */
export function seconds(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`not a duration: ${duration}`);
  return parsed;
}

const prometheusSizes = ["B", "KB", "MB", "GB", "TB", "PB"] as const;
const quantities = ["", "Ki", "Mi", "Gi", "Ti", "Pi"] as const;

/** Parses a Prometheus size ("10GB", powers of 1024) to bytes; undefined if invalid. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KB|MB|GB|TB|PB)$/.exec(text);
  return match ? Number(match[1]) * 1024 ** prometheusSizes.indexOf(match[2] as "B") : undefined;
}

/** Parses a Kubernetes quantity ("512Mi", "13Gi") to bytes; undefined if invalid. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|Pi)$/.exec(text);
  return match ? Number(match[1]) * 1024 ** quantities.indexOf(match[2] as "Ki") : undefined;
}

/** Converts a validated quantity to bytes. */
export function bytes(quantity: string): number {
  const parsed = parseQuantity(quantity);
  if (parsed === undefined) throw new Error(`not a quantity: ${quantity}`);
  return parsed;
}

/** A string with a specific format. The message is `error`, unless the value only needs quotes. */
export function text(form: RegExp | ((text: string) => boolean), error: string) {
  const fits = form instanceof RegExp ? (written: string) => form.test(written) : form;
  const unquoted = ({ input }: { input?: unknown }) =>
    (typeof input === "number" || typeof input === "boolean") && fits(`${input}`)
      ? // "Such as", because YAML parses 1.10 as 1.1.
        `is a ${typeof input}, not a string; put it in quotes, such as "${input}"`
      : error;
  return z.string({ error: unquoted }).refine(fits, { error, abort: true });
}

/** A Prometheus duration within optional bounds, which also appear in the configuration reference. */
export function duration(bounds: { min?: string; max?: string } = {}) {
  const min = bounds.min === undefined ? 0 : seconds(bounds.min);
  const max = bounds.max === undefined ? Number.POSITIVE_INFINITY : seconds(bounds.max);
  return text(
    (written) => parseDuration(written) !== undefined,
    'is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
  )
    .refine((written) => seconds(written) >= min, { error: `is too short; use at least "${bounds.min}"` })
    .refine((written) => seconds(written) <= max, { error: `is too long; use at most "${bounds.max}"` })
    .meta({ bounds });
}

/** A size such as "10GB", as in Prometheus flags. */
export const size = text(
  (written) => parseSize(written) !== undefined,
  'is not a valid size; use a number with a unit, such as "10GB" or "512MB"',
);

/** A quantity such as "512Mi" or "13Gi", for memory limits and volumes. */
export const quantity = text(
  (written) => parseQuantity(written) !== undefined,
  'is not a valid quantity; use a number with a unit, such as "512Mi" or "13Gi"',
);

/** CPU limit in cores, 0.05 to 64. */
export const cpus = z.number().min(0.05).max(64);

/** A TCP port. */
export const port = z.int().min(1).max(65_535);

/** `host:port` of a scrape target or server. */
export const hostAndPort = text(
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\]):\d{1,5}$/,
  'is not a valid address; use host and port, such as "db.internal:5432"',
).refine((written) => Number(written.slice(written.lastIndexOf(":") + 1)) <= 65_535, {
  error: "has an invalid port; use 1 to 65535",
});

/** A host name or IP address, without a port. */
export const host = text(
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]+$/,
  'is not a valid host; use a name or IP address without scheme and port, such as "db.internal"',
);

/** A name used in resource names, container names and labels. */
export const name = text(
  /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
  'is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
);

/** An absolute http or https URL. */
export const httpUrl = text(
  (written) => URL.canParse(written) && ["http:", "https:"].includes(new URL(written).protocol),
  'is not a valid URL; use an absolute URL, such as "https://host.example.com"',
);

/** An e-mail address. */
export const emailAddress = text(
  /^[^\s@<>,]+@[^\s@<>,]+$/,
  'is not a valid e-mail address; use an address such as "oncall@example.com"',
);

const memoryQuantity = quantity.refine((written) => bytes(written) >= 16 * 1024 ** 2, {
  error: 'is too small; use at least "16Mi"',
});

/** Number of replicas. */
export const replicas = z.int().min(1).max(9).default(1);

/** Resource limits of a workload and, on Kubernetes, requests. */
export function limits(memory: string, cpu: number) {
  return z
    .strictObject({
      memory: memoryQuantity.default(memory).describe("Memory limit."),
      cpu: cpus.default(cpu).describe("CPU limit, in cores."),
      requests: z
        .strictObject({
          memory: memoryQuantity
            .optional()
            .describe("Memory request. Defaults to the limit, because memory cannot be reclaimed."),
          cpu: z
            .number()
            .min(0.001)
            .max(64)
            .optional()
            .describe("CPU request, in cores. Defaults to a quarter of the limit."),
        })
        .optional()
        .describe("Resource requests (Kubernetes only)."),
    })
    .prefault({});
}

/** A CIDR range, "10.0.0.0/8" or "2001:db8::/32". */
export const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: 'is not a valid CIDR range; use a range such as "10.0.0.0/8", or "10.0.0.7/32" for a single address',
});

/** Key of a Kubernetes label, annotation or taint, with an optional prefix. */
export const labelKey = text(
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
  'is not a valid key; use a key such as "topology.kubernetes.io/zone"',
);

/** Name of a Kubernetes object. */
export const objectName = text(
  /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
  'is not a valid object name; use lower-case letters, digits, "-" and ".", such as "fast-ssd"',
);
