import * as pulumi from "@pulumi/pulumi";
import { ObservabilityStack } from "../../../components/observability-stack.ts";

const secrets = new pulumi.Config();

const production = new ObservabilityStack("production", {
  platform: "docker",
  environment: "prod",
  applications: { checkout: { targets: ["checkout.internal:9400"] } },
  alerting: { pagerduty: { enabled: false }, email: { enabled: false }, heartbeat: { enabled: false } },
  secrets: { slackBotToken: secrets.requireSecret("slackBotToken") },
});

/** A second stack on the same host, with different ports and no notifications. */
const trial = new ObservabilityStack("trial", {
  platform: "docker",
  environment: "trial",
  metrics: { port: 9190 },
  logs: { enabled: false },
  alerting: { enabled: false },
  visualization: { port: 3001 },
  exporters: { node: { enabled: false }, cadvisor: { enabled: false } },
});

export const productionUrls = production.urls;
export const trialUrls = trial.urls;
