import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../scripts/lib/free-port.ts";
import { serveDocker } from "./docker-api.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { until } from "./programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

interface Started {
  readonly by: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly service: string;
  readonly project?: string;
}

const allocation = "0e1f2a3b-4c5d-6e7f-8091-a2b3c4d5e6f7";

/** Containers as orchestrators name and label them. */
const containers: readonly Started[] = [
  {
    by: "Swarm",
    name: "shop_worker.1.k3j5h2x9q0w8e7r6t5y4u3i2o",
    labels: {
      "com.docker.stack.namespace": "shop",
      "com.docker.swarm.node.id": "v2bqmbbjyslx9y3nbkxbxyzzy",
      "com.docker.swarm.service.name": "shop_worker",
      "com.docker.swarm.task.name": "shop_worker.1.k3j5h2x9q0w8e7r6t5y4u3i2o",
    },
    service: "shop_worker",
  },
  {
    by: "Swarm, a global service without its labels",
    name: "agent.v2bqmbbjyslx9y3nbkxbxyzzy.k3j5h2x9q0w8e7r6t5y4u3i2o",
    service: "agent",
  },
  {
    by: "Compose",
    name: "shop-api-1",
    labels: { "com.docker.compose.project": "shop", "com.docker.compose.service": "api" },
    service: "api",
    project: "shop",
  },
  {
    by: "Compose, the stack's own",
    name: "white-room-dev-loki",
    labels: {
      "com.docker.compose.project": "white-room",
      "com.docker.compose.service": "loki",
      "white-room.service": "monitoring",
    },
    service: "monitoring",
    project: "white-room",
  },
  {
    by: "podman-compose",
    name: "shop_db_1",
    labels: { "io.podman.compose.project": "shop", "io.podman.compose.service": "db" },
    service: "db",
    project: "shop",
  },
  {
    by: "Quadlet",
    name: "systemd-shop-mail",
    labels: { PODMAN_SYSTEMD_UNIT: "shop-mail.service" },
    service: "shop-mail",
  },
  {
    by: "podman generate systemd",
    name: "quirky_turing",
    labels: { PODMAN_SYSTEMD_UNIT: "container-shop-cron@blue.service" },
    service: "shop-cron",
  },
  {
    by: "cri-dockerd",
    name: "k8s_checkout_checkout-7c9d_shop_8f1c2b00-0000-4000-8000-000000000001_3",
    labels: { "io.kubernetes.container.name": "checkout", "io.kubernetes.pod.name": "checkout-7c9d" },
    service: "checkout",
  },
  { by: "the kubelet, without labels", name: "k8s_cart_cart-7c9d_shop_8f1c_0", service: "cart" },
  {
    by: "ECS",
    name: "ecs-shop-12-pay-a4b5c6d7e8f9a0b1c401",
    labels: { "com.amazonaws.ecs.container-name": "pay", "com.amazonaws.ecs.task-definition-family": "shop" },
    service: "pay",
  },
  { by: "ECS, without labels", name: "ecs-shop-12-ship-a4b5c6d7e8f9a0b1c401", service: "ship" },
  {
    by: "Nomad",
    name: `search-${allocation}`,
    labels: { "com.hashicorp.nomad.alloc_id": allocation },
    service: "search",
  },
  {
    by: "Nomad with extra labels",
    name: `web-${allocation}`,
    labels: { "com.hashicorp.nomad.job_name": "shop", "com.hashicorp.nomad.task_name": "storefront" },
    service: "storefront",
  },
  {
    by: "Coolify",
    name: "api-u8k4wco-101500",
    labels: {
      "coolify.managed": "true",
      "coolify.serviceName": "billing",
      "com.docker.compose.project": "u8k4wco",
      "com.docker.compose.service": "u8k4wco-101500",
    },
    service: "billing",
    project: "u8k4wco",
  },
  {
    by: "Dokku",
    name: "blog.web.1.upcoming-4711",
    labels: { "com.dokku.app-name": "blog", "com.dokku.process-type": "web" },
    service: "blog",
  },
  { by: "Kamal", name: "forum-web-9f8e7d6", labels: { service: "forum", role: "web" }, service: "forum" },
  { by: "balena", name: "main_1_1_c0ffee", labels: { "io.balena.service-name": "player" }, service: "player" },
  {
    by: "GitLab Runner",
    name: "runner-t1-project-7-concurrent-0-abc-build",
    labels: { "com.gitlab.gitlab-runner.managed": "true" },
    service: "gitlab-runner",
  },
  { by: "nobody", name: "redis", labels: { "org.opencontainers.image.title": "Redis" }, service: "redis" },
];

for (const collector of collectors) {
  test(
    `${collector}: the service is named by the orchestrator's labels`,
    needsCollectors(collector),
    async (context) => {
      const directory = mkdtempSync(join(tmpdir(), `orchestrators-${collector}-`));
      const socket = join(directory, "docker.sock");
      const time = new Date(Date.now() - 60_000);
      const stopDocker = serveDocker(
        socket,
        containers.map(({ by, name, labels = {} }, index) => ({
          id: String(index).padStart(64, "0"),
          name,
          labels,
          lines: [{ stream: "stdout", time, text: `started by ${by}` }],
        })),
      );
      const loki = await startLoki(directory, await freePort());
      const settings = logSettings(collector, directory, { syslog: { enabled: false } });
      const running = new CollectorUnderTest(collector, directory, settings, {
        port: await freePort(),
        pushUrl: `${loki.url}/loki/api/v1/push`,
        dockerSocket: socket,
      });
      context.after(async () => {
        await running.stop();
        await loki.stop();
        stopDocker();
        rmSync(directory, { recursive: true, force: true });
      });
      await running.start();
      let entries: StoredEntry[] = [];
      await until("a line of each container is stored", async () => {
        entries = await storedEntries(loki.url, `{env="${collector}"}`);
        return entries.length >= containers.length;
      });
      const found = entries.map(({ labels, metadata, text }) => [text, labels.service, metadata]);
      const expected = containers.map(({ by, service, project }) => [
        `started by ${by}`,
        service,
        project === undefined ? {} : { project },
      ]);
      assert.deepEqual(found.sort(), expected.sort());
    },
  );
}
