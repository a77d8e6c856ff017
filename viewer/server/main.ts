import { join } from "node:path";
import { parseArgs } from "node:util";
import { createApp } from "./app.ts";
import { Changes } from "./changes.ts";

const help = `node server.mjs --dashboards DIR --prometheus URL [options]

Shows the dashboards of a rendered stack without a Grafana server.

  --dashboards DIR      folder with the rendered dashboards, such as grafana/dashboards
  --prometheus URL      URL of Prometheus, such as http://prometheus:9090
  --loki URL            URL of Loki; without it, log panels are unavailable
  --alertmanager URL    URL of Alertmanager; without it, the page shows no alert count
  --assets DIR          folder with the built page (default: assets, next to this file)
  --port N              port to listen on (default 3000)
  --host ADDRESS        address to listen on (default 127.0.0.1)
  --public-host NAME    host name that the page is served on, in addition to localhost
  --watch               reload open pages when a dashboard file changes
  --scrape-interval D   default scrape interval of Prometheus (default 15s)
`;

const url = (value: string | undefined) => (value === undefined ? undefined : new URL(value).href.replace(/\/$/, ""));

function main(): void {
  const { values } = parseArgs({
    options: {
      dashboards: { type: "string" },
      prometheus: { type: "string" },
      loki: { type: "string" },
      alertmanager: { type: "string" },
      assets: { type: "string", default: join(import.meta.dirname, "assets") },
      port: { type: "string", default: "3000" },
      host: { type: "string", default: "127.0.0.1" },
      "public-host": { type: "string" },
      watch: { type: "boolean", default: false },
      "scrape-interval": { type: "string", default: "15s" },
    },
  });
  if (values.dashboards === undefined) throw new Error("--dashboards is missing");
  const [prometheus, loki, alertmanager] = [url(values.prometheus), url(values.loki), url(values.alertmanager)];
  const server = createApp({
    dashboards: values.dashboards,
    assets: values.assets,
    targets: { ...(prometheus && { prometheus }), ...(loki && { loki }), ...(alertmanager && { alertmanager }) },
    publicHost: values["public-host"],
    scrapeInterval: values["scrape-interval"],
    ...(values.watch && { changes: new Changes(values.dashboards) }),
  });
  server.listen(Number(values.port), values.host, () =>
    process.stdout.write(`Dashboards on http://${values.host}:${values.port}\n`),
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
}

try {
  main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${help}`);
  process.exitCode = 2;
}
