import { z } from "zod";

// Read whenever a schema is made, so it stands in the module that every other one with schemas imports. A config is parsed
// once: what zod would compile for the next times costs more than it saves.
z.config({ jitless: true });

const secondsPerUnit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const;
const durationPattern = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/** Seconds of a Prometheus duration ("15s", "1h30m", "15d"); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === "" || !durationPattern.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    seconds += Number(count) * secondsPerUnit[unit as keyof typeof secondsPerUnit];
  }
  return seconds;
}

/** Seconds of a duration that the schema has accepted. */
export function seconds(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`not a duration: ${duration}`);
  return parsed;
}

const prometheusSizes = ["B", "KB", "MB", "GB", "TB", "PB"] as const;
const quantities = ["", "Ki", "Mi", "Gi", "Ti", "Pi"] as const;

/** Bytes of a size as Prometheus writes it ("10GB", powers of 1024); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KB|MB|GB|TB|PB)$/.exec(text);
  return match ? Number(match[1]) * 1024 ** prometheusSizes.indexOf(match[2] as "B") : undefined;
}

/** Bytes of a quantity as Kubernetes writes it ("512Mi", "13Gi"); undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|Pi)$/.exec(text);
  return match ? Number(match[1]) * 1024 ** quantities.indexOf(match[2] as "Ki") : undefined;
}

/** Bytes of a quantity that the schema has accepted. */
export function bytes(quantity: string): number {
  const parsed = parseQuantity(quantity);
  if (parsed === undefined) throw new Error(`not a quantity: ${quantity}`);
  return parsed;
}

/** A text of a form of its own; whatever else stands there, `error` says what to write, unless only quotes are missing. */
export function text(form: RegExp | ((text: string) => boolean), error: string) {
  const fits = form instanceof RegExp ? (written: string) => form.test(written) : form;
  const unquoted = ({ input }: { input?: unknown }) =>
    (typeof input === "number" || typeof input === "boolean") && fits(`${input}`)
      ? // "Such as", since YAML reads 1.10 as 1.1.
        `is a ${typeof input} and no text: write it in quotes, such as "${input}"`
      : error;
  return z.string({ error: unquoted }).refine(fits, { error, abort: true });
}

/** A duration in the product's own form, within bounds given in the same form; the reference of all keys reads them. */
export function duration(bounds: { min?: string; max?: string } = {}) {
  const min = bounds.min === undefined ? 0 : seconds(bounds.min);
  const max = bounds.max === undefined ? Number.POSITIVE_INFINITY : seconds(bounds.max);
  return text(
    (written) => parseDuration(written) !== undefined,
    'is no duration: write a number with a unit, such as "15s", "5m" or "7d"',
  )
    .refine((written) => seconds(written) >= min, { error: `is too short: write at least "${bounds.min}"` })
    .refine((written) => seconds(written) <= max, { error: `is too long: write at most "${bounds.max}"` })
    .meta({ bounds });
}

/** A size such as "10GB", as Prometheus' own flags take it. */
export const size = text(
  (written) => parseSize(written) !== undefined,
  'is no size: write a number with a unit, such as "10GB" or "512MB"',
);

/** A quantity such as "512Mi" or "13Gi", for memory limits and volumes. */
export const quantity = text(
  (written) => parseQuantity(written) !== undefined,
  'is no quantity: write a number with a unit, such as "512Mi" or "13Gi"',
);

/** CPUs a workload may use at most, as a number of cores: 0.05 to 64. */
export const cpus = z.number().min(0.05).max(64);

/** A TCP port. */
export const port = z.int().min(1).max(65_535);

/** `host:port` as a scrape target or a server is named. */
export const hostAndPort = text(
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\]):\d{1,5}$/,
  'is no host and port: write host and port, such as "db.internal:5432"',
).refine((written) => Number(written.slice(written.lastIndexOf(":") + 1)) <= 65_535, {
  error: "has a port past the last one: write one up to 65535",
});

/** A host name or an address, without a port. */
export const host = text(
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]+$/,
  'is no host name: write a name or an address without scheme and port, such as "db.internal"',
);

/** A name that becomes part of a resource name, a container name and a label. */
export const name = text(
  /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
  'is no name: write 1 to 40 lower-case letters, digits and "-", such as "primary"',
);

/** An absolute URL over http or https. */
export const httpUrl = text(
  (written) => URL.canParse(written) && ["http:", "https:"].includes(new URL(written).protocol),
  'is no URL: write a whole URL, such as "https://host.example.com"',
);

/** The e-mail address of one recipient. */
export const emailAddress = text(
  /^[^\s@<>,]+@[^\s@<>,]+$/,
  'is no e-mail address: write an address such as "oncall@example.com"',
);

const memoryQuantity = quantity.refine((written) => bytes(written) >= 16 * 1024 ** 2, {
  error: 'is too small: write at least "16Mi"',
});

/** How many of a program run side by side. */
export const replicas = z.int().min(1).max(9).default(1);

/** What a workload may use at most and, on a cluster, what is kept free for it. */
export function limits(memory: string, cpu: number) {
  return z
    .strictObject({
      memory: memoryQuantity.default(memory).describe("Memory limit."),
      cpu: cpus.default(cpu).describe("CPU limit, in cores."),
      requests: z
        .strictObject({
          memory: memoryQuantity.optional().describe("Left out: the whole limit, since memory cannot be taken back."),
          cpu: z.number().min(0.001).max(64).optional().describe("In cores. Left out: a quarter of the limit."),
        })
        .optional()
        .describe("What a node reserves for it (Kubernetes)."),
    })
    .prefault({});
}

/** An address range, "10.0.0.0/8" or "2001:db8::/32". */
export const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: 'is no address range: write a range such as "10.0.0.0/8", a single address as "10.0.0.7/32"',
});

/** The name of an object on a cluster. */
export const objectName = text(
  /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
  'is no object name: write lower-case letters, digits, "-" and ".", such as "fast-ssd"',
);
