import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import { renderCompose } from "../../scripts/render/compose.ts";
import type { Registered } from "../../scripts/render/register.ts";
import { canary, registered, stackConfig } from "./stack.ts";

type Inputs = Record<string, unknown>;
const isCarrier = ({ inputs }: { inputs: Inputs }) => JSON.stringify(inputs["labels"]).includes("white-room.carrier");
const isContainer = ({ type }: { type: string }) => type === "docker:index/container:Container";

/** What both stacks run; "collector" is Promtail in the sandbox and Alloy in dev. */
const common = [
  "alertmanager",
  "blackbox",
  "cadvisor",
  "collector",
  "demo-nginx",
  "demo-postgres",
  "demo-redis",
  "demo-simulator",
  "demo-sinks",
  "journeys",
  "loki",
  "nginx-exporter-demo",
  "node-exporter",
  "postgres-exporter-demo",
  "prometheus",
  "redis-exporter-demo",
  "socket-proxy",
  "web-gateway",
];

/** Secrets to set; the program generates the others. */
const secrets = [
  "pagerdutyCriticalKey",
  "pagerdutyHighKey",
  "pagerdutySecurityKey",
  "slackBotToken",
  "grafanaAdminPassword",
  "postgresPassword-demo",
  "redisPassword-demo",
];

const expected = [
  {
    stack: "sandbox",
    workloads: [...common, "viewer"].sort(),
    volumes: ["alertmanager-data", "loki-data", "prometheus-data", "promtail-positions"],
  },
  {
    stack: "dev",
    workloads: [...common, "grafana", "jaeger"].sort(),
    volumes: ["alertmanager-data", "alloy-positions", "grafana-data", "jaeger-data", "loki-data", "prometheus-data"],
  },
];
const stacks: ((typeof expected)[number] & { readonly resources: Registered[] })[] = [];
// Sequential, because Pulumi's mocks are global to the process.
for (const each of expected)
  stacks.push({ ...each, resources: await registered(stackConfig(each.stack, {}, secrets)) });

for (const { stack, workloads, volumes, resources } of stacks) {
  const containers = resources.filter(isContainer);
  const services = containers.filter((container) => !isCarrier(container));

  describe(`stack ${stack}`, () => {
    test("registers exactly these containers", () => {
      assert.deepEqual(
        services.map(({ name }) => name),
        workloads,
      );
    });

    test("every service is unprivileged: read-only root, no capabilities, no privilege escalation", () => {
      const exceptions = services.flatMap(({ name, inputs }) => {
        const { drops, adds } = inputs["capabilities"] as { drops: string[]; adds: string[] };
        assert.deepEqual(drops, ["ALL"], name);
        assert.deepEqual((inputs["securityOpts"] as string[]).at(-1), "no-new-privileges:true", name);
        return [
          ...(inputs["pidMode"] ? [`${name} sees the processes of the ${inputs["pidMode"]}`] : []),
          ...(inputs["readOnly"] ? [] : [`${name} writes its root file system`]),
          ...(String(inputs["user"]).startsWith("0:") ? [`${name} runs as root`] : []),
          ...adds.map((capability) => `${name} has ${capability}`),
        ];
      });
      assert.deepEqual(exceptions, [
        "cadvisor runs as root",
        "collector runs as root",
        "demo-postgres writes its root file system",
        "node-exporter sees the processes of the host",
        "socket-proxy runs as root",
      ]);
    });

    test("every service has a memory limit without swap, and their sum without the demo, its journey and traces stays within 3.5 GiB", () => {
      const sum = services
        .filter(({ name }) => !name.startsWith("demo-") && !["jaeger", "journeys"].includes(name))
        .reduce((total, { name, inputs }) => {
          assert.equal(inputs["memorySwap"], inputs["memory"], name);
          return total + Number(inputs["memory"]);
        }, 0);
      assert.ok(sum <= 3.5 * 1024, `${sum} MiB`);
    });

    test("ports are published on loopback only", () => {
      const addresses = services.flatMap(({ inputs }) => (inputs["ports"] as { ip: string }[]).map(({ ip }) => ip));
      assert.deepEqual(new Set(addresses), new Set(["127.0.0.1"]));
    });

    test("services have a health check if their image has a suitable program", () => {
      const without = services.filter(({ inputs }) => inputs["healthcheck"] === undefined).map(({ name }) => name);
      assert.deepEqual(without, ["nginx-exporter-demo"]);
    });

    test("secrets appear only in uploaded files, marked as secret", () => {
      const leaks = resources.flatMap(({ type, name, inputs, secret }) => {
        const { uploads, ...rest } = inputs;
        const inFiles = JSON.stringify(uploads ?? "").includes(canary);
        return [
          ...(JSON.stringify(rest).includes(canary) ? [`${type} ${name}: inputs`] : []),
          ...(inFiles && !secret ? [`${type} ${name}: files`] : []),
        ];
      });
      assert.deepEqual(leaks, []);
      const files = JSON.stringify(containers.map(({ inputs }) => inputs["uploads"]));
      const used = secrets.filter((key) => key !== "grafanaAdminPassword" || stack === "dev");
      assert.deepEqual(
        used.filter((key) => !files.includes(`${canary}-${key}`)),
        [],
        "secrets that reach no file",
      );
    });

    // The engine suite proves that they outlive `destroy`, because mocks do not see resource options.
    test("data volumes have these names and no labels, because a changed label would replace the volume", () => {
      const all = resources.filter(({ type }) => type === "docker:index/volume:Volume");
      assert.deepEqual(
        all.filter(({ inputs }) => inputs["labels"] !== undefined),
        [],
      );
      const names = all.map(({ inputs }) => String(inputs["name"]));
      assert.deepEqual(
        names.filter((name) => /-(?:data|positions)$/.test(name)).sort(),
        volumes.map((name) => `white-room-${stack}-${name}`),
      );
    });

    test("the same config registers the same bytes", async () => {
      assert.deepEqual(await registered(stackConfig(stack, {}, secrets)), resources);
    });
  });
}

test("containers have a health check start interval only if configured", async () => {
  const sooner = await registered(stackConfig("sandbox", { docker: { startInterval: "1s" } }, secrets));
  const intervals = [stacks[0]?.resources ?? [], sooner].map((resources) => {
    const checks = resources.flatMap(({ inputs }) => (inputs["healthcheck"] ?? []) as { startInterval?: string });
    return [...new Set(checks.map(({ startInterval }) => startInterval))];
  });
  assert.deepEqual(intervals, [[undefined], ["1s"]]);
});

test("the network has IPv6 only if configured", async () => {
  const dual = await registered(stackConfig("sandbox", { docker: { ipv6: true } }, secrets));
  const networks = [stacks[0]?.resources ?? [], dual].map((resources) =>
    resources.filter(({ type }) => type === "docker:index/network:Network").map(({ inputs }) => inputs["ipv6"]),
  );
  assert.deepEqual(networks, [[undefined], [true]]);
  assert.match(renderCompose(dual, "sandbox")[0]?.content ?? "", /^ {4}enable_ipv6: true$/m);
});

test("a disabled component has no workload", async () => {
  const off = await registered(
    stackConfig("sandbox", {
      logs: { enabled: false },
      alerting: { enabled: false },
      demo: { enabled: false },
      exporters: { cadvisor: { enabled: false } },
      visualization: { enabled: false },
    }),
  );
  const names = off.filter((resource) => isContainer(resource) && !isCarrier(resource)).map(({ name }) => name);
  assert.deepEqual(names, ["node-exporter", "prometheus", "web-gateway"]);
});

test("the engine cannot decode the input of a gate, and compares it line by line", () => {
  const titled = stacks.flatMap(({ resources }) =>
    resources.filter(isContainer).flatMap(({ inputs }) => (inputs["uploads"] ?? []) as { content: string }[]),
  );
  const contents = titled.map(({ content }) => content).filter((content) => content.startsWith("==> "));
  assert.ok(contents.length > 40, `${contents.length} titled files`);
  const decoded = contents.filter((content) => {
    try {
      return typeof load(content) === "object";
    } catch {
      return false;
    }
  });
  assert.deepEqual(decoded, []);
});

test("Prometheus at a URL with a path serves its pages and API without it", async () => {
  const commandOf = async (metrics: object) => {
    const resources = await registered(stackConfig("dev", { metrics }));
    const [prometheus] = resources.filter((each) => isContainer(each) && each.name === "prometheus");
    const command = (prometheus?.inputs["command"] ?? []) as string[];
    return command.filter((word) => /^--web\.(external-url|route-prefix)/.test(word));
  };
  assert.deepEqual(await commandOf({}), ["--web.external-url=http://localhost:9090"]);
  assert.deepEqual(await commandOf({ externalUrl: "https://www.example.com/prometheus/" }), [
    "--web.external-url=https://www.example.com/prometheus",
    "--web.route-prefix=/",
  ]);
});
