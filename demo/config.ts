import * as z from "zod/mini";

// Each schema error describes the valid values; `validate` adds the key path and the value found.
const port = z
  .int("a port from 0 (any free port) to 65535")
  .check(
    z.minimum(0, "a port from 0 (any free port) to 65535"),
    z.maximum(65_535, "a port from 0 (any free port) to 65535"),
  );
const text = (what: string) => z.string(what).check(z.minLength(1, what));
const host = text('a host name or an IP address, such as "demo-postgres"');
const webAddress = z.url({ protocol: /^https?$/, error: 'a URL, such as "http://demo-nginx:8080"' });
const absolutePath = (example: string) => {
  const what = `an absolute path, such as "${example}"`;
  return z.string(what).check(z.regex(/^\//, what));
};
const listen = text('the address to listen on, such as "0.0.0.0"');
const section = <T extends z.core.$ZodShape>(shape: T) => z.strictObject(shape, "a map");

const simulatorSchema = section({
  listen,
  ports: section({
    juceBackend: port,
    swiftFrontend: port,
    audioEngine: port,
    /** Control page and fault injection. */
    control: port,
    /** The juce-backend API behind Nginx. */
    api: port,
    /** DNS over UDP, for the name of the public site. */
    dns: port,
  }),
  /** Log files are `<logDirectory>/<service>/<service>.log`. */
  logDirectory: absolutePath("/var/log/white-room"),
  /** Other log files to rotate; their writers must reopen the file for each line. */
  rotate: z.optional(z.array(absolutePath("/var/log/white-room/nginx/access.log"), "a list of paths")),
  /** File to write the certificate and key of the public site to; Nginx reads it. */
  certificateFile: z.optional(absolutePath("/var/lib/demo-certificate/site.pem")),
  /** URL of Nginx, which receives the generated load. */
  nginxUrl: webAddress,
  requestsPerSecond: z
    .number("a number from 0.1 to 100")
    .check(z.minimum(0.1, "a number from 0.1 to 100"), z.maximum(100, "a number from 0.1 to 100")),
  postgres: section({
    host,
    port,
    user: text("a role name"),
    database: text("a database name"),
    passwordFile: z.optional(absolutePath("/run/secrets/postgresPassword")),
  }),
  redis: section({
    host,
    port,
    username: z.optional(text("a user name")),
    passwordFile: z.optional(absolutePath("/run/secrets/redisPassword")),
  }),
  /** Syslog listener of the collector (RFC 5424 over TCP). */
  syslog: section({ host, port }),
  /** Links of the control page. */
  links: z.array(section({ title: text("a string"), url: webAddress }), "a list of links"),
  /** Seed of the pseudo-random numbers. */
  seed: z.optional(z.int("a whole number")),
});

const sinksSchema = section({
  listen,
  ports: section({ http: port, smtp: port }),
  /** Links of the notifications page. */
  links: z.array(section({ title: text("a string"), url: webAddress }), "a list of links"),
});

/** Config file of the simulator. */
export type SimulatorConfig = z.output<typeof simulatorSchema>;

/** Config file of the receivers of dev notifications. */
export type SinksConfig = z.output<typeof sinksSchema>;

/** An invalid config; `problems` lists all problems. */
export class DemoConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "DemoConfigError";
    this.problems = problems;
  }
}

/** Validates the simulator's config. Throws `DemoConfigError` with all problems. */
export function validateSimulatorConfig(input: unknown): SimulatorConfig {
  return validate(simulatorSchema, input);
}

/** Validates the receivers' config. Throws `DemoConfigError` with all problems. */
export function validateSinksConfig(input: unknown): SinksConfig {
  return validate(sinksSchema, input);
}

function validate<T extends z.ZodMiniType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (!result.success) throw new DemoConfigError(result.error.issues.flatMap((issue) => describe(issue, input)));
  const clashes = portClashes((input as { ports: Record<string, number> }).ports);
  if (clashes.length > 0) throw new DemoConfigError(clashes);
  return result.data;
}

function describe(issue: z.core.$ZodIssue, input: unknown): string[] {
  const path = keyPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${keyPath([...issue.path, key])}: is not a known key; remove it`);
  }
  const value = valueAt(input, issue.path);
  const found = value === undefined ? "is required" : `${JSON.stringify(value)} is not valid`;
  return [`${path === "" ? "(the whole file)" : path}: ${found}; use ${issue.message}`];
}

function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${String(key)}`))
    .join("");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
}

function portClashes(ports: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(ports).filter(([, number]) => number !== 0);
  return entries.flatMap(([name, number], index) => {
    const first = entries.slice(0, index).find(([, other]) => other === number);
    return first === undefined
      ? []
      : [`ports.${name}: ${number} is already used by ports.${first[0]}; use another port`];
  });
}
