import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { ObservabilityStack, type ObservabilityStackArgs } from "../../components/observability-stack.ts";

interface Seen {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const { waitForRPCs: waitForRegistrations } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** Runs another project's program without an engine. */
async function run(program: () => unknown): Promise<Seen[]> {
  const seen: Seen[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        seen.push({ type, name, inputs });
        return { id: name, state: { ...inputs, result: "generated" } };
      },
      call: () => ({}),
    },
    "somebody-else",
    "live",
    false,
  );
  const token = "somebody-else:slackBotToken";
  pulumi.runtime.setAllConfig({ [token]: "xoxb-canary" }, [token]);
  await program();
  await waitForRegistrations();
  return seen;
}

const cluster = (namespace: string): ObservabilityStackArgs => ({
  platform: "kubernetes",
  environment: namespace,
  alerting: { enabled: false },
  visualization: { enabled: false },
  kubernetes: { namespace, agentsNamespace: `${namespace}-agents` },
});

test("the two documented stacks share no resource name and no name on the host", async () => {
  const seen = await run(() => import("../../docs/examples/component/index.ts"));
  const own = seen.filter(({ name }) => /^(production|trial)(-|$)/.test(name));
  assert.equal(own.length, seen.length);
  assert.equal(new Set(seen.map(({ type, name }) => `${type} ${name}`)).size, seen.length);
  const onHost = seen.flatMap(({ type, inputs }) =>
    type.startsWith("docker:") ? [`${type} ${String(inputs["name"])}`] : [],
  );
  assert.equal(new Set(onHost).size, onHost.length);
  for (const stack of ["production", "trial"]) {
    assert.ok(onHost.includes(`docker:index/container:Container white-room-live-${stack}-prometheus`));
  }
});

test("two stacks in one cluster share no object", async () => {
  const seen = await run(() => {
    new ObservabilityStack("staging", cluster("staging"));
    new ObservabilityStack("prod", cluster("prod"));
  });
  const objects = seen.flatMap(({ type, inputs }) => {
    const metadata = inputs["metadata"] as { name: string; namespace?: string } | undefined;
    return metadata === undefined ? [] : [`${type} ${metadata.namespace ?? ""}/${metadata.name}`];
  });
  assert.ok(objects.length > 50);
  assert.equal(new Set(objects).size, objects.length);
});

test("a stack uses the Kubernetes provider it is given", async () => {
  const kubernetes = await import("@pulumi/kubernetes");
  const seen = await run(() => {
    const provider = new kubernetes.Provider("mine", { context: "mine" });
    new ObservabilityStack("prod", cluster("prod"), { provider });
  });
  assert.deepEqual(
    seen.filter(({ type }) => type === "pulumi:providers:kubernetes").map(({ name }) => name),
    ["mine"],
  );
});

test("messages about a component's arguments name the argument, not a command", async () => {
  let message = "";
  await run(() => {
    try {
      new ObservabilityStack("Production", {
        platform: "docker",
        environment: "dev",
        alerting: { pagerduty: { enabled: false }, email: { enabled: false }, heartbeat: { enabled: false } },
        secrets: { slackBotToken: "xoxb-1", slackWebhookUrl: "https://hooks.slack.example/x" },
      });
    } catch (error) {
      message = (error as Error).message;
    }
  });
  assert.equal(
    message,
    `ObservabilityStack "Production" has 2 problems; nothing was changed.

  stackName: "live-Production" is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"; set \`stackName\`
  slackWebhookUrl: cannot be set together with slackBotToken; keep the token, which can post to every channel, and remove slackWebhookUrl from \`secrets\`
`,
  );
});

test("invalid arguments are rejected together before anything is registered", async () => {
  let message = "";
  const seen = await run(() => {
    try {
      new ObservabilityStack("first", {
        platform: "docker",
        environment: "dev",
        metrics: { port: 0 },
        alerting: { enabled: false },
        secrets: { slackWebhookUrl: "ftp://x", smtpPasword: "x" },
      });
    } catch (error) {
      assert.ok(error instanceof pulumi.RunError);
      message = error.message;
    }
  });
  assert.deepEqual(seen, []);
  assert.equal(
    message,
    `ObservabilityStack "first" has 3 problems; nothing was changed.

  slackWebhookUrl: is not an http:// or https:// URL; set it in \`secrets\`
  smtpPasword: is not a known key; did you mean "smtpPassword"?
  metrics.port: 0 is too small; use at least 1
`,
  );
});
