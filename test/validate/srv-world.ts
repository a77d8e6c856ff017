import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { start, until } from "../logs/programs.ts";
import { serveNames } from "./srv-names.ts";

/*
 * Runs in its own namespaces, where 127.0.0.1 is the only name server: an application with two SRV names, and the real
 * Prometheus. Prints the labels of the targets that are up, and exits.
 */

const folder = process.argv[2] ?? "";
const target = createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end("app_up 1\n");
});
const ports = await Promise.all(
  [target, createServer(...(target.listeners("request") as [() => void]))].map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }),
);
const names = ["_metrics._tcp.licenses.test", "_metrics._tcp.licenses-b.test"];
await serveNames({
  services: Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0])),
  host: "app.test",
});

const values = {
  platform: "docker",
  environment: "test",
  alerting: { enabled: false },
  applications: { licenses: { discovery: { srv: names }, labels: { region: "eu" } } },
  metrics: { scrapeInterval: "1s", scrapeTimeout: "1s" },
};
const settings = toSettings({ stack: "targets", values, secrets: new Set() }, { requireSecrets: false });
writeFileSync(join(folder, "prometheus.yml"), renderPrometheus(settings, []).content);
const url = "http://127.0.0.1:19090";
const args = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
const prometheus = await start("prometheus", [...args, "--web.listen-address=127.0.0.1:19090"], url, "/-/ready");
try {
  let found: Record<string, string>[] = [];
  await until("both targets are up", async () => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('app_up{job="licenses"}')}`);
    const { data } = (await answer.json()) as { data: { result: { metric: Record<string, string> }[] } };
    found = data.result.map(({ metric }) => metric);
    return found.length === 2;
  });
  process.stdout.write(JSON.stringify({ ports, found }));
} finally {
  await prometheus.stop("SIGKILL");
}
process.exit();
