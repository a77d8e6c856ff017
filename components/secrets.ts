import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretSource } from "../config/settings/load.ts";
import type { Settings } from "../config/settings/schema.ts";
import { alternatives, demoTarget } from "../config/settings/secrets.ts";
import { capturedUrls, demoSecrets, demoTeamKey } from "../config/white-room/demo.ts";
import { demoJourneySecret, demoSite } from "../config/white-room/demo-site.ts";

/** Secrets that are generated if not set, and stored encrypted in the state. */
const generated = [
  "grafanaAdminPassword",
  "grafanaSecretKey",
  "grafanaMetricsPassword",
  "demoDatabasePassword",
  "gatewaySalt",
  `postgresPassword-${demoTarget}`,
  `redisPassword-${demoTarget}`,
] as const;

export interface SecretsArgs {
  /** Prefix of resource names: the name of the stack component. */
  readonly stack: string;
  readonly settings: Settings;
  readonly source: SecretSource;
}

/**
 * Secrets by key, from the first of: URL of the demo's receiver (if it captures notifications), config, the demo's default,
 * generated value.
 */
export class Secrets extends pulumi.ComponentResource {
  private readonly stack: string;
  private readonly source: SecretSource;
  /** URLs replaced by those of the demo's receivers, whatever the config says. */
  private readonly captured: Readonly<Record<string, string>>;
  private readonly known: Readonly<Record<string, string>>;
  private readonly made = new Map<string, pulumi.Output<string>>();

  constructor(name: string, { stack, settings, source }: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:secrets:Secrets", name, {}, opts);
    this.stack = stack;
    this.source = source;
    this.captured = capturedUrls(settings);
    this.known = {
      ...(Object.keys(this.captured).length > 0 && demoSecrets),
      ...(settings.demo.enabled && { [demoJourneySecret]: demoSite.password }),
    };
    this.registerOutputs({});
  }

  /** Whether the secret is set in the config. */
  has(key: string): boolean {
    return this.source(key) !== undefined;
  }

  /** Throws if the key has no value, which the config validation should have reported. */
  get(key: string): pulumi.Output<string> {
    const captured = this.captured[key];
    if (captured !== undefined) return pulumi.secret(captured);
    const known = this.known[key] ?? (Object.keys(this.captured).length > 0 ? demoTeamKey(key) : undefined);
    const value =
      this.source(key) ??
      (key === "pagerdutySecurityKey" ? this.source(alternatives[key] ?? "") : undefined) ??
      (known === undefined ? this.generate(key) : pulumi.secret(known));
    if (value === undefined)
      throw new Error(`the secret ${key} is required, but the config validation did not report it`);
    return value;
  }

  private generate(key: string): pulumi.Output<string> | undefined {
    if (!(generated as readonly string[]).includes(key)) return undefined;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const name = `${this.stack}-${key}`;
    const value = new random.RandomPassword(name, { length: 32, special: false }, { parent: this }).result;
    this.made.set(key, value);
    return value;
  }
}
