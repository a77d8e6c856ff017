import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { renderDemoNginxConfig } from "../../demo/nginx.conf.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { demoServers } from "../binaries.ts";
import { until } from "../logs/programs.ts";

/** The servers behind the demo, on 127.0.0.1. */
export interface DemoServers {
  readonly postgres: number;
  readonly redis: number;
  readonly nginx: number;
  /** HTTPS, with the certificate that is in `certificateFile`. */
  readonly nginxTls: number;
  readonly certificateFile: string;
  readonly accessLog: string;
  readonly stop: () => Promise<void>;
}

const initSql = new URL("../../demo/postgres-init.sql", import.meta.url);
const user = { user: "white_room", database: "postgres" } as const;
/** PostgreSQL refuses to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Starts PostgreSQL with the demo's tables, Redis, and Nginx with the demo's config in front of the API. */
export async function startDemoServers(directory: string, apiPort: number): Promise<DemoServers> {
  const [postgres, redis, nginx, status] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const nginxTls = await freePort();
  const certificateFile = join(directory, "site.pem");
  const accessLog = join(directory, "access.log");
  const children = [startPostgres(directory, postgres), startRedis(directory, redis)];
  const config = join(directory, "nginx.conf");
  const text = renderDemoNginxConfig({
    upstream: `127.0.0.1:${apiPort}`,
    accessLog,
    errorLog: join(directory, "error.log"),
    port: nginx,
    statusPort: status,
    tls: { port: nginxTls, file: certificateFile },
  });
  // If Nginx is started as root, its workers run as another user.
  writeFileSync(accessLog, "", { mode: 0o666 });
  writeFileSync(
    config,
    `${nobody.uid === undefined ? "" : "user root;\n"}${text.replaceAll("/tmp/nginx", `${directory}/nginx`)}`,
  );
  children.push(server("nginx", ["-e", "stderr", "-c", config, "-g", "daemon off;"]));
  const stop = async () => {
    await Promise.all(children.map(end));
  };
  try {
    for (const port of [postgres, redis, nginx]) await until(`port ${port} is open`, () => isOpen(port));
    await until("PostgreSQL has the tables", async () => {
      const connection = ["-h", directory, "-p", String(postgres), "-U", user.user, "-d", user.database];
      try {
        execFileSync("psql", [...connection, "-v", "ON_ERROR_STOP=1", "-q"], {
          input: readFileSync(initSql),
          stdio: "pipe",
        });
        return true;
      } catch {
        return false;
      }
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { postgres, redis, nginx, nginxTls, certificateFile, accessLog, stop };
}

function startPostgres(directory: string, port: number): ChildProcess {
  const data = join(directory, "postgres");
  mkdirSync(data);
  if (nobody.uid !== undefined) {
    for (const path of [directory, data]) chownSync(path, nobody.uid, nobody.gid);
  }
  const initdb = demoServers.initdb.find() ?? "initdb";
  const environment = { ...nobody, env: { PATH: process.env.PATH, LANG: "C.UTF-8" } };
  execFileSync(initdb, ["-D", data, "-U", user.user, "-A", "trust", "--no-sync"], { ...environment, stdio: "pipe" });
  const options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=20"];
  return server("postgres", ["-D", data, "-p", String(port), "-k", directory, ...options], environment);
}

function startRedis(directory: string, port: number): ChildProcess {
  const options = { bind: "127.0.0.1", port: String(port), save: "", dir: directory };
  return server(
    "redis-server",
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  );
}

function server(name: keyof typeof demoServers, args: readonly string[], options = {}): ChildProcess {
  return spawn(demoServers[name].find() ?? name, args, { stdio: "ignore", ...options });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  // PostgreSQL closes its clients' connections on SIGINT only.
  child.kill("SIGINT");
  await ended;
}
