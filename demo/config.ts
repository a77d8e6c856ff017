import * as z from "zod/mini";

// Each schema's error says what to write; `validate` puts the key path and the value found before it.
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
    /** The control page and the faults. */
    control: port,
    /** The juce-backend's own API, which Nginx proxies to. */
    api: port,
  }),
  /** Log files go to `<logDirectory>/<service>/<service>.log`. */
  logDirectory: absolutePath("/var/log/white-room"),
  /** Files of others in the log directory that are rotated too: their writers must open them at each line. */
  rotate: z.optional(z.array(absolutePath("/var/log/white-room/nginx/access.log"), "a list of paths")),
  /** Where the load goes: the Nginx in front of the API. */
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
  /** The collector's syslog listener: RFC 5424 over TCP. */
  syslog: section({ host, port }),
  /** What the control page links to. */
  links: z.array(section({ title: text("a string"), url: webAddress }), "a list of links"),
  /** Where the pseudo-random numbers begin; the same seed gives the same noise. */
  seed: z.optional(z.int("a whole number")),
});

const sinksSchema = section({
  listen,
  ports: section({ http: port, smtp: port }),
  /** What the page of notifications links to. */
  links: z.array(section({ title: text("a string"), url: webAddress }), "a list of links"),
});

/** Config file of the simulator. */
export type SimulatorConfig = z.output<typeof simulatorSchema>;

/** Config file of the receivers of dev notifications. */
export type SinksConfig = z.output<typeof sinksSchema>;

/** A config that cannot be used; `problems` lists everything wrong with it. */
export class DemoConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "DemoConfigError";
    this.problems = problems;
  }
}

/** The simulator's config, checked. Throws `DemoConfigError` with all problems at once. */
export function validateSimulatorConfig(input: unknown): SimulatorConfig {
  return validate(simulatorSchema, input);
}

/** The receivers' config, checked. Throws `DemoConfigError` with all problems at once. */
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
