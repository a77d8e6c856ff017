import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../../scripts/lib/free-port.ts";
import { run } from "../../../scripts/lib/run-command.ts";
import { demoServers } from "../../binaries.ts";
import { Authority } from "../../kubernetes/cluster/certificates.ts";
import { eventually, RunningStack } from "../running-stack.ts";
import { EngineStack } from "./engine.ts";

/*
 * The exporters of PostgreSQL and Redis in their containers, against real servers with TLS on this machine. Containers know the
 * machine by two names; the servers' certificate has only one of them.
 */

const engine = new EngineStack("sandbox", "verified");
const stack = new RunningStack(engine.name);
const folder = mkdtempSync(join(tmpdir(), "white-room-verified-"));
const [name, otherName] = ["servers.internal", "other.internal"];
const servers: ChildProcess[] = [];
/** PostgreSQL refuses to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const kinds = ["verified", "wrong-name", "wrong-authority"] as const;
const components = ["ObservabilityStack", "Docker", "Secrets", "Exporters", "Exporter"].map((type) => `**:${type}::*`);
const targets = [...components, "**::observability-docker-network", "**::observability-*-exporter-*"].flatMap((urn) => [
  "--target",
  urn,
]);

before(async () => {
  const gateway = ["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"];
  const address = (await run("docker", gateway)).trim();
  const [authority, stranger] = [join(folder, "authority"), join(folder, "stranger")];
  for (const each of [authority, stranger]) mkdirSync(each);
  const issuer = await Authority.create(authority);
  const other = await Authority.create(stranger);
  const issued = await issuer.issue("servers", { user: "servers", addresses: [name] });
  const [postgresPort, redisPort] = [await freePort(), await freePort()];
  startPostgres(address, postgresPort, issued);
  startRedis(address, redisPort, { ...issued, authority: issuer.certificate });

  const [ca, wrongCa] = [issuer, other].map(({ certificate }) => readFileSync(certificate, "utf8"));
  const targetsOf = (port: number, more: object) =>
    kinds.map((kind) => ({
      ...{ name: kind, port, ca: kind === "wrong-authority" ? wrongCa : ca },
      ...{ host: kind === "wrong-name" ? otherName : name, ...more },
    }));
  const off = { enabled: false };
  await engine.create({
    ...{ demo: off, alerting: off, logs: off },
    network: { extraHosts: { [name]: "host-gateway", [otherName]: "host-gateway" } },
    exporters: {
      postgres: { targets: targetsOf(postgresPort, { sslMode: "verify-full" }) },
      redis: { targets: targetsOf(redisPort, { tls: true, authenticated: false }) },
    },
  });
  for (const kind of kinds) engine.setSecret(`postgresPassword-${kind}`, "not-checked");
  const { code, output } = await engine.operation(["up", "--yes", "--skip-preview", ...targets]);
  assert.equal(code, 0, output);
});

after(async () => {
  await engine.operation(["destroy", "--yes", "--skip-preview"]);
  for (const server of servers) {
    const ended = once(server, "exit");
    if (server.kill("SIGINT")) await ended;
  }
  rmSync(folder, { recursive: true });
});

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

function startPostgres(address: string, port: number, { certificate, key }: Pair): void {
  const data = join(folder, "postgres");
  mkdirSync(data);
  const files = { certificate: join(folder, "postgres.crt"), key: join(folder, "postgres.key") };
  copyFileSync(certificate, files.certificate);
  copyFileSync(key, files.key);
  chmodSync(files.key, 0o600);
  if (nobody.uid !== undefined)
    for (const path of [folder, data, files.certificate, files.key]) chownSync(path, nobody.uid, nobody.gid);
  const environment = { ...nobody, env: { PATH: process.env.PATH, LANG: "C.UTF-8" } };
  const initdb = demoServers.initdb.find() ?? "initdb";
  execFileSync(initdb, ["-D", data, "-U", "white_room_monitoring", "-A", "trust", "--no-sync"], {
    ...environment,
    stdio: "pipe",
  });
  appendFileSync(join(data, "pg_hba.conf"), "hostssl all all all trust\n");
  const settings = {
    ...{ listen_addresses: address, fsync: "off", ssl: "on" },
    ...{ ssl_cert_file: files.certificate, ssl_key_file: files.key },
  };
  const options = Object.entries(settings).flatMap(([setting, value]) => ["-c", `${setting}=${value}`]);
  start("postgres", ["-D", data, "-p", String(port), "-k", folder, ...options], environment);
}

function startRedis(address: string, port: number, pair: Pair & { readonly authority: string }): void {
  const options = {
    ...{ bind: address, port: "0", "tls-port": String(port), save: "", dir: folder, "protected-mode": "no" },
    ...{ "tls-cert-file": pair.certificate, "tls-key-file": pair.key, "tls-ca-cert-file": pair.authority },
    "tls-auth-clients": "no",
  };
  start(
    "redis-server",
    Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]),
    {},
  );
}

function start(program: keyof typeof demoServers, args: readonly string[], options: object): void {
  servers.push(spawn(demoServers[program].find() ?? program, args, { stdio: "ignore", ...options }));
}

/** The value of a metric of an exporter, which publishes no port. */
async function metric(workload: string, port: number, metricName: string): Promise<number> {
  const address = await stack.inspect(workload, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
  const text = await (await fetch(`http://${address}:${port}/metrics`)).text();
  return Number(new RegExp(`^${metricName}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
}

for (const [program, port, up] of [
  ["postgres", 9187, "pg_up"],
  ["redis", 9121, "redis_up"],
] as const) {
  const of = (kind: (typeof kinds)[number]) => metric(`${program}-exporter-${kind}`, port, up);
  test(`${program}: a server with the expected name and authority is monitored`, async () => {
    await eventually(up, 60, async () => (await of("verified")) === 1);
  });
  test(`${program}: a server with another name, or of an unknown authority, is refused`, async () => {
    assert.equal(await of("wrong-name"), 0);
    assert.equal(await of("wrong-authority"), 0);
  });
}
