import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretSource } from "../config/settings/load.ts";
import type { Settings } from "../config/settings/schema.ts";
import { demoTarget } from "../config/settings/secrets.ts";
import { capturedUrls, demoSecrets } from "../config/white-room/demo.ts";

/** Secrets that the stack makes up itself when config does not set them; kept in the state, encrypted. */
const generated = [
  "grafanaAdminPassword",
  "grafanaSecretKey",
  "demoDatabasePassword",
  `postgresPassword-${demoTarget}`,
  `redisPassword-${demoTarget}`,
] as const;

/** Every secret of a stack by its key: the address of the demo's receiver where it captures, else from config, else the demo's well-known value, else generated once. */
export class Secrets extends pulumi.ComponentResource {
  private readonly source: SecretSource;
  /** Addresses that the demo's receivers stand in for, whatever config says. */
  private readonly captured: Readonly<Record<string, string>>;
  private readonly known: Readonly<Record<string, string>>;
  private readonly made = new Map<string, pulumi.Output<string>>();

  constructor(name: string, settings: Settings, source: SecretSource, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:secrets:Secrets", name, {}, opts);
    this.source = source;
    this.captured = capturedUrls(settings);
    this.known = Object.keys(this.captured).length > 0 ? demoSecrets : {};
    this.registerOutputs({});
  }

  /** Whether config sets this secret. */
  has(key: string): boolean {
    return this.source(key) !== undefined;
  }

  /** Throws for a key that is neither set, known nor generated: the config check should have asked for it. */
  get(key: string): pulumi.Output<string> {
    const captured = this.captured[key];
    if (captured !== undefined) return pulumi.secret(captured);
    const known = this.known[key];
    const value = this.source(key) ?? (known === undefined ? this.generate(key) : pulumi.secret(known));
    if (value === undefined) throw new Error(`the secret ${key} is needed, but the config check did not ask for it`);
    return value;
  }

  private generate(key: string): pulumi.Output<string> | undefined {
    if (!(generated as readonly string[]).includes(key)) return undefined;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const value = new random.RandomPassword(key, { length: 32, special: false }, { parent: this }).result;
    this.made.set(key, value);
    return value;
  }
}
