import * as pulumi from "@pulumi/pulumi";
import { alertmanagerSecrets, renderAlertmanager } from "../config/alertmanager.ts";
import { alertmanagerUrl } from "../config/links.ts";
import { imageOf, type StackContext, secretSet } from "./context.ts";
import { type Workload, wgetProbe } from "./platform/workload.ts";

/** Alertmanager: who is told what, where, and how often. Takes new routes without a restart, and new secrets at the next use. */
export class Alerting extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, context: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:alerting:Alerting", name, {}, opts);
    const alertmanager = context.platform.deploy(alertmanagerWorkload(context), { parent: this });
    this.url = alertmanager.url("http");
    this.registerOutputs({ url: this.url });
  }
}

function alertmanagerWorkload({ settings, secrets }: StackContext): Workload {
  const { alerting } = settings;
  const slackWay = secrets.has("slackWebhookUrl") ? "webhook" : "bot";
  return {
    name: "alertmanager",
    service: "monitoring",
    image: imageOf(settings, "alertmanager"),
    command: [
      "/bin/alertmanager",
      "--config.file=/etc/alertmanager/config/alertmanager.yml",
      "--storage.path=/alertmanager",
      // Silences and the notification log are written this often: what a crash may lose.
      "--data.maintenance-interval=1m",
      "--cluster.listen-address=",
      "--enable-feature=utf8-strict-mode,receiver-name-in-metrics",
      `--web.external-url=${alertmanagerUrl(settings)}`,
      // Else the path of the external URL would move every page and the API, inside the stack as well.
      "--web.route-prefix=/",
    ],
    user: "65534:65534",
    files: [
      {
        name: "config",
        directory: "/etc/alertmanager/config",
        files: renderAlertmanager(settings, { slackWay }),
        secret: false,
        reload: { kind: "http", port: 9093, path: "/-/reload" },
        check: ["/bin/amtool", "check-config", "{directory}/alertmanager.yml"],
      },
      // Each is read at the next notification.
      {
        ...secretSet(secrets, alertmanagerSecrets(settings, slackWay), {
          directory: "/etc/alertmanager/secrets",
          reload: { kind: "watches" },
        }),
        removesStale: true,
      },
    ],
    volumes: [{ name: "data", directory: "/alertmanager", size: alerting.volumeSize, keep: true }],
    ports: [{ name: "http", port: 9093, publishedPort: alerting.port }],
    probe: wgetProbe(9093, "/-/ready"),
    limits: alerting.limits,
    placement: "service",
    stopGraceSeconds: 30,
  };
}
