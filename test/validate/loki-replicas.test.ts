import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { tlsFiles } from "../../config/products/internal-tls.ts";
import { lokiArguments, renderLoki, renderLokiLimits } from "../../config/products/loki/loki.ts";
import { loki } from "../../config/products/loki/product.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { presentCredentials, requestComponent } from "../../scripts/lib/component-request.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { storedEntries } from "../logs/loki-query.ts";
import { ObjectStorage } from "../logs/object-storage.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { InternalTls } from "./internal-tls.ts";

const rules = `groups:
  - name: logs
    rules:
${["First", "Second", "Third", "Fourth"].map((name) => `      - { alert: ${name}, expr: vector(1) > 2 }`).join("\n")}
`;

for (const secured of [false, true])
  describe(`three Lokis on object storage${secured ? " with network.tls" : ""}`, {
    ...needs("loki"),
    timeout: 240_000,
  }, () => {
    const directory = mkdtempSync(join(tmpdir(), "loki-replicas-"));
    const storage = new ObjectStorage();
    const replicas: Program[] = [];

    before(async () => {
      const tls = await InternalTls.create(join(directory, "certificates"));
      const tlsDirectory = join(directory, "certificates");
      for (const name of ["certificate", "key"] as const) writeFileSync(join(tlsDirectory, tlsFiles[name]), tls[name]);
      writeFileSync(join(tlsDirectory, tlsFiles.ca), tls.ca);
      const objectStorage = { endpoint: await storage.start(), bucket: "logs", forcePathStyle: true, insecure: true };
      const values = {
        platform: "kubernetes",
        environment: "test",
        alerting: { enabled: false },
        logs: { replicas: 3, objectStorage: { ...objectStorage, region: "eu" } },
        kubernetes: { storageClass: "fast" },
        ...(secured && { network: { tls: tls.settings() } }),
      };
      const settings = toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
      const credentials = join(directory, "credentials");
      writeFileSync(credentials, "[default]\naws_access_key_id = `the-id`\naws_secret_access_key = `the;key#`\n");
      Object.assign(process.env, { [loki.addressVariable]: "127.0.0.1", AWS_SHARED_CREDENTIALS_FILE: credentials });
      const places = await Promise.all(
        [0, 1, 2].map(async () => ({
          ...{ port: await freePort(), grpcPort: await freePort(), gossipPort: await freePort() },
          ...{ healthPort: await freePort(), tlsDirectory },
        })),
      );
      const urlOf = ({ port }: { port: number }) => `${secured ? "https" : "http"}://127.0.0.1:${port}`;
      process.env["INTERNAL_TLS_KEY"] = tls.key;
      presentCredentials(
        "test",
        settings,
        places.map((place) => [loki.workload, urlOf(place)]),
      );
      const peers = places.map(({ gossipPort }) => `127.0.0.1:${gossipPort}`);
      const started = places.map((place, index) => {
        const dataDirectory = join(directory, String(index));
        const rulesDirectory = join(dataDirectory, "rules");
        mkdirSync(join(rulesDirectory, "fake"), { recursive: true });
        writeFileSync(join(rulesDirectory, "fake", "logs.yml"), rules);
        const limits = renderLokiLimits(settings);
        const limitsFile = join(dataDirectory, limits.path);
        writeFileSync(limitsFile, limits.content);
        const [file] = renderLoki(settings, {
          ...place,
          listenAddress: "127.0.0.1",
          dataDirectory,
          rulesDirectory,
          limitsFile,
          peers,
        });
        const path = join(dataDirectory, "loki.yml");
        writeFileSync(path, file?.content ?? "");
        // On a cluster these are the pods' names, and the port is the same for all; here all three are on one host.
        const names = ["common.storage.ring.instance-id", "memberlist.nodename"].map(
          (flag) => `-${flag}=loki-${index}`,
        );
        const own = [...names, `-memberlist.advertise-port=${place.gossipPort}`];
        const args = [`-config.file=${path}`, ...lokiArguments(settings), ...own];
        return start("loki", args, urlOf(place), () =>
          requestComponent(`${urlOf(place)}/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        );
      });
      const settled = await Promise.allSettled(started);
      replicas.push(...settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
      for (const one of settled) if (one.status === "rejected") throw one.reason;
      await until("each sees three healthy members", async () => {
        const pages = await Promise.all(replicas.map(({ url }) => ring(url)));
        return pages.every((states) => states.length === 3 && states.every((state) => state === "ACTIVE"));
      });
    });

    after(async () => {
      // One replica is gone, so the others may fail to leave the ring in time.
      await Promise.all(replicas.map((replica) => replica.stop("SIGKILL")));
      storage.stop();
      rmSync(directory, { recursive: true });
    });

    test("a line accepted by one replica is found by all", async () => {
      await push(replicas[0], "one");
      for (const { url } of replicas) assert.deepEqual(await texts(url), ["one"]);
    });

    test("each log rule is evaluated by one of them", async () => {
      const evaluated = async () => {
        const pages = await Promise.all(
          replicas.map(async ({ url }) => (await requestComponent(`${url}/metrics`)).text()),
        );
        return pages
          .map((page) => Number(page.match(/^loki_prometheus_rule_group_rules\{.*\} (\d+)$/m)?.[1] ?? 0))
          .sort();
      };
      // A replica that loads the rules before it sees the others also evaluates them until its next sync.
      const once = async () => String(await evaluated()) === "0,0,4";
      await until("one has the rules, and no other", once, 90);
    });

    test("lines are accepted and found while a replica is down", async () => {
      await replicas[2]?.stop("SIGKILL");
      await push(replicas[1], "two");
      for (const { url } of replicas.slice(0, 2)) assert.deepEqual(await texts(url), ["one", "two"]);
    });

    test("chunks are stored in the bucket, written with the key from the credentials file", async () => {
      await requestComponent(`${replicas[0]?.url}/flush`, { method: "POST" });
      await until("a chunk is in the bucket", async () =>
        [...storage.objects.keys()].some((key) => key.startsWith("fake/")),
      );
      assert.deepEqual([...storage.accessKeys], ["the-id"]);
    });

    async function ring(url: string): Promise<string[]> {
      const answer = await requestComponent(`${url}/ring`, { headers: { Accept: "application/json" } });
      const { shards } = (await answer.json()) as { shards: { state: string }[] };
      return shards.map(({ state }) => state);
    }

    async function push(replica: Program | undefined, line: string): Promise<void> {
      const values = [[`${Date.now()}000000`, line]];
      const answer = await requestComponent(`${replica?.url}/loki/api/v1/push`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ streams: [{ stream: { job: "test" }, values }] }),
      });
      assert.equal(answer.status, 204, await answer.text());
    }

    async function texts(url: string): Promise<string[]> {
      return (await storedEntries(url, '{job="test"}')).map(({ text }) => text);
    }
  });
