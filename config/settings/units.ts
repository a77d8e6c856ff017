import { z } from "zod";
import { isHost, isHostAndPort, isIpAddress, isIpv4Mapped } from "./hosts.ts";
import { isDnsLabel, isDnsSubdomain, isQualifiedName } from "./kubernetes-names.ts";
import { timeZoneProblem } from "./time-zones.ts";
import { hasCredentials, hasQuery, urlProblem } from "./urls.ts";

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
  return string(fits, error).refine(fits, { error, abort: true });
}

/** Like {@link text}, with a message that depends on the text; `error` is the message for values of another type. */
export function checkedText(problem: (text: string) => string | undefined, error?: string) {
  return string((written) => problem(written) === undefined, error).superRefine((written, context) => {
    const message = problem(written);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

function string(fits: (text: string) => boolean, error: string | undefined) {
  return z.string({
    error: ({ input }: { input?: unknown }) =>
      (Number.isFinite(input) || typeof input === "boolean") && fits(`${input}`)
        ? // "Such as", because YAML parses 1.10 as 1.1.
          `is a ${typeof input}, not a string; put it in quotes, such as "${input}"`
        : error,
  });
}

/** Message for a value of the wrong type, and for a missing one. */
export const wrongType = (type: "a list" | "a map" | "a string", example: string) =>
  `has the wrong type; use ${type}, such as ${example}`;

function plainTextProblem(written: string): string | undefined {
  if (written === "") return "is empty; use at least 1 character, or remove the key";
  if (!written.isWellFormed()) return "contains invalid Unicode; remove it";
  return /\p{Cc}/u.test(written) ? "contains a control character, such as a line break; remove it" : undefined;
}

/** Any text of a single line. Configs cannot carry control characters and invalid Unicode unchanged. */
export const plainText = checkedText(plainTextProblem);

/** Path of a directory on this machine. */
export const directory = checkedText(
  (written) =>
    plainTextProblem(written) ??
    (Buffer.byteLength(written) > 1_000 ? "is longer than a path can be; use a shorter one" : undefined),
);

/** Plain text of a required key. */
export const plainTextSuchAs = (example: string) =>
  checkedText(plainTextProblem, wrongType("a string", `"${example}"`));

/**
 * Plain text that reaches Grafana as an environment variable. Grafana replaces `${NAME}`, `$__env{NAME}` and `$__file{PATH}` in
 * them, and has no way to escape them: https://github.com/grafana/grafana/blob/v13.2.3/pkg/setting/expanders.go
 */
export const grafanaText = asGrafanaText(plainText);

/** The same, of a required key. */
export const grafanaTextSuchAs = (example: string) => asGrafanaText(plainTextSuchAs(example));

function asGrafanaText(plain: typeof plainText) {
  return plain.refine((written) => !/\$(?:__\w+)?\{/.test(written), {
    error: 'contains "${" or "$__…{", which Grafana replaces with variables or files; remove it',
  });
}

/** The value of an annotation, which may have several lines. */
export const annotation = text(
  (value) => value.isWellFormed() && !/[^\P{Cc}\t\n]/u.test(value),
  "contains invalid Unicode or a control character; use printable text",
);

/** An absolute path of the host. Kubernetes rejects "..". */
export const absolutePath = (defaultPath: string) =>
  text(
    /^(?!.*\/\.\.?(?:\/|$))\/[\w.@-]+(?:\/[\w.@-]+)*$/,
    `is not an absolute path; use a path without a trailing "/", such as "${defaultPath}"`,
  ).default(defaultPath);

/** https://man7.org/linux/man-pages/man8/container_selinux.8.html */
export const seLinuxType = text(
  /^[a-z][a-z0-9_]*_t$/,
  'is not a valid SELinux type; use a type such as "spc_t"',
).optional();

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

/** A size such as "10GB", as in Prometheus flags. Prometheus treats 0 as no limit. */
export const size = text(
  (written) => parseSize(written) !== undefined,
  'is not a valid size; use a number with a unit, such as "10GB" or "512MB"',
)
  .refine((written) => (parseSize(written) ?? 0) >= 1024 ** 2, { error: 'is too small; use at least "1MB"' })
  .refine((written) => (parseSize(written) ?? 0) <= 1024 ** 5, { error: 'is too large; use at most "1PB"' });

function quantityBetween(min: string, max: string) {
  return text(
    (written) => parseQuantity(written) !== undefined,
    'is not a valid quantity; use a number with a unit, such as "512Mi" or "13Gi"',
  )
    .refine((written) => bytes(written) >= bytes(min), { error: `is too small; use at least "${min}"` })
    .refine((written) => bytes(written) <= bytes(max), { error: `is too large; use at most "${max}"` });
}

/** A quantity such as "13Gi", for volumes. */
export const quantity = quantityBetween("1Mi", "2Pi");

/** CPU limit in cores, 0.05 to 64. */
export const cpus = z.number().min(0.05).max(64);

/** A TCP port. */
export const port = z.int().min(1).max(65_535);

const exampleAddress = 'use host and port, such as "db.internal:5432"';

/** `host:port` of a scrape target or server. */
export const hostAndPort = checkedText((written) => {
  if (isHostAndPort(written)) return undefined;
  const isAddressOnOtherPort = isHostAndPort(written.replace(/:\d+$/, ":1"));
  return isAddressOnOtherPort ? "has an invalid port; use 1 to 65535" : `is not a valid address; ${exampleAddress}`;
}, `is not a valid address; ${exampleAddress}`);

/** A host name or IP address, without a port. */
export const host = text(
  isHost,
  'is not a valid host; use a name or IP address without scheme and port, such as "db.internal"',
);

/** A name used in resource names, container names and labels. */
export const name = text(
  /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
  'is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
);

/** An IPv4 or IPv6 address. */
export const ipAddress = (example: string) =>
  text(isIpAddress, `is not a valid IP address; use an address such as "${example}"`);

const invalidUrl = 'is not a valid URL; use an absolute URL, such as "https://host.example.com"';

/** An absolute http or https URL, without credentials. */
export const httpUrl = checkedText(plainUrlProblem, invalidUrl);

/** A URL to which paths are appended. */
export const baseUrl = checkedText(
  (written) =>
    plainUrlProblem(written) ??
    (hasQuery(written)
      ? "has a query or fragment, to which no path can be appended; use the URL before it"
      : undefined),
  invalidUrl,
);

/** What is wrong with an http or https URL, or with having credentials in it. */
export function plainUrlProblem(written: string): string | undefined {
  const credentials =
    "contains credentials, which would be stored in clear text in the state; use a URL without user and password";
  return urlProblem(written) ?? (hasCredentials(written) ? credentials : undefined);
}

/** An IANA time zone, spelled as in the time zone database. */
export const timeZone = checkedText(
  timeZoneProblem,
  'is not a valid time zone; use an IANA name, such as "UTC" or "Europe/Berlin"',
);

/** An e-mail address. Alertmanager would expand `{{`. */
export const emailAddress = text((written) => {
  const at = written.lastIndexOf("@");
  const [local, domain] = [written.slice(0, at), written.slice(at + 1)];
  return (
    at > 0 && /^[\p{L}\p{N}!#$%&'*+/=?^_`|~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`|~-]+)*$/u.test(local) && isHost(domain)
  );
}, 'is not a valid e-mail address; use an address such as "oncall@example.com"');

const memoryQuantity = quantityBetween("16Mi", "16Ti");

/** Number of replicas. */
export const replicas = z.int().min(1).max(9).default(1);

/** Resource limits of a workload and, on Kubernetes, requests. */
export function limits(memory: string, cpu: number) {
  return z
    .strictObject({
      memory: memoryQuantity.default(memory).describe("Memory limit."),
      cpu: cpus.default(cpu).describe("CPU limit, in cores."),
      ephemeralStorage: memoryQuantity
        .optional()
        .describe(
          "Limit of the container's log and other files on its node's disk (Kubernetes only). Defaults to 1Gi.",
        ),
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
export const cidr = z.union([z.cidrv4(), z.cidrv6().refine((range) => !isIpv4Mapped(range.replace(/\/.*/, "")))], {
  error: 'is not a valid CIDR range; use a range such as "10.0.0.0/8", or "10.0.0.7/32" for a single address',
});

/** Key of a Kubernetes label, annotation or taint, with an optional prefix. */
export const labelKey = text(
  isQualifiedName,
  'is not a valid key; use a name with an optional prefix, such as "topology.kubernetes.io/zone"',
);

/** Value of a Kubernetes label. */
export const labelValue = text(
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/,
  'is not a valid label value; use at most 63 letters, digits, "-", "_" and "."',
);

/** Name of a Kubernetes namespace, or of another object that must be a DNS label. */
export const dnsLabel = text(
  isDnsLabel,
  'is not a valid name; use 1 to 63 lower-case letters, digits and "-", such as "monitoring"',
);

/** Name of a Kubernetes object. */
export const objectName = text(
  isDnsSubdomain,
  'is not a valid object name; use lower-case letters, digits, "-" and ".", such as "fast-ssd"',
);
