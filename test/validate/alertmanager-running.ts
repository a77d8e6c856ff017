import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AlertmanagerOptions } from "../../config/products/alertmanager/alertmanager.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary } from "../binaries.ts";
import { writeRendered } from "./alertmanager-files.ts";

/** An alert as Alertmanager's API accepts it. */
export interface PostedAlert {
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** An alert as Alertmanager's API returns it. */
export interface KnownAlert {
  readonly labels: Record<string, string>;
  readonly fingerprint: string;
  readonly status: { readonly state: string; readonly inhibitedBy: string[]; readonly mutedBy: string[] };
}

export interface RunningAlertmanager {
  readonly url: string;
  readonly folder: string;
  post(alerts: readonly PostedAlert[]): Promise<void>;
  alerts(): Promise<KnownAlert[]>;
  writeSecret(key: string, value: string): void;
  stop(): Promise<void>;
}

/** Starts the real Alertmanager on loopback with the files rendered from these settings. */
export async function startAlertmanager(
  settings: Settings,
  options: AlertmanagerOptions,
  secrets: Record<string, string>,
): Promise<RunningAlertmanager> {
  const folder = writeRendered(settings, options);
  const writeSecret = (key: string, value: string) => writeFileSync(join(folder, "secrets", key), value);
  mkdirSync(join(folder, "secrets"));
  for (const [key, value] of Object.entries(secrets)) writeSecret(key, value);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const log: string[] = [];
  const child = spawn(
    binary("alertmanager"),
    [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=${address}`,
      "--web.external-url=https://alertmanager.example.com",
      "--cluster.listen-address=",
      "--enable-feature=utf8-strict-mode,receiver-name-in-metrics",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  child.stderr.on("data", (chunk) => log.push(String(chunk)));
  await ready(url, child, log);
  return {
    url,
    folder,
    writeSecret,
    post: async (alerts) => {
      const body = JSON.stringify(alerts);
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      if (!response.ok) throw new Error(`refused: ${await response.text()}`);
    },
    alerts: async () => (await fetch(`${url}/api/v2/alerts`)).json() as Promise<KnownAlert[]>,
    stop: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

async function ready(url: string, child: ChildProcess, log: readonly string[]): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const up = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`Alertmanager does not start:\n${log.join("")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
