import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { project } from "../../config/settings/stack-file.ts";

/** A resource as the program registered it, its secrets in clear. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether any input is a secret. */
  readonly secret: boolean;
}

/** Value of a secret by its key: one from config, or one the program generates. */
export type SecretValue = (key: string) => string;

/** Runs the program without an engine and lists every resource it registers, in order of type and name. */
export async function registerResources(config: StackConfig, secretValue: SecretValue): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const seen = { secret: false };
        registered.push({ type, name, inputs: reveal(inputs, seen) as Record<string, unknown>, secret: seen.secret });
        const state =
          type === "random:index/randomPassword:RandomPassword" ? { ...inputs, result: secretValue(name) } : inputs;
        return { id: name, state };
      },
      call: ({ token }) => {
        throw new Error(`the program calls ${token}, which needs an engine`);
      },
    },
    project,
    config.stack,
    false,
  );
  const values = Object.entries(config.values).map(([key, value]) => [
    `${project}:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const secrets = [...config.secrets].map((key) => [`${project}:${key}`, secretValue(key)]);
  pulumi.runtime.setAllConfig(
    Object.fromEntries([...values, ...secrets]),
    [...config.secrets].map((key) => `${project}:${key}`),
  );
  const { loadConfig } = await import("../../config/settings/load.ts");
  const { ObservabilityStack } = await import("../../components/observability-stack.ts");
  await ObservabilityStack.create("observability", loadConfig({ judgeSecrets: false }));
  await waitForRegistrations();
  return registered.sort((a, b) => compare(a.type, b.type) || compare(a.name, b.name));
}

/** There at run time, not in the declarations; the SDK's own test tools end with it. */
const { waitForRPCs: waitForRegistrations } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

const secretSignature = "4dabf18193072939515e22adb298388d";

/** Inputs without the wrapping that marks a secret; `seen` says whether there was one. */
function reveal(value: unknown, seen: { secret: boolean }): unknown {
  if (Array.isArray(value)) return value.map((item) => reveal(item, seen));
  if (typeof value !== "object" || value === null) return value;
  if (secretSignature in value) {
    seen.secret = true;
    return reveal((value as { value?: unknown }).value, seen);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner, seen)]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
