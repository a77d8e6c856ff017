import { traitsOf } from "../../components/platform/traits.ts";
import { type RenderedFile, toYaml } from "../file.ts";
import type { Settings } from "../settings/schema.ts";
import { audioAlerts } from "../white-room/audio.ts";
import { businessAlerts } from "../white-room/business.ts";
import type { RuleGroup } from "./alert.ts";
import { applicationAlerts } from "./application.ts";
import { databaseAlerts } from "./database.ts";
import { dockerAlerts } from "./docker.ts";
import { infrastructureAlerts } from "./infrastructure.ts";
import { kubernetesAlerts } from "./kubernetes.ts";
import { logSourceAlerts } from "./log-sources.ts";
import { logAlerts } from "./logs.ts";
import { longTermAlerts } from "./long-term.ts";
import { monitoringAlerts } from "./monitoring.ts";
import { objectiveAlerts } from "./objective-alerts.ts";
import { probeAlerts } from "./probes.ts";
import { recordingGroups } from "./recording.ts";
import { remoteWriteAlerts } from "./remote-write.ts";
import { securityAlerts } from "./security.ts";
import { tracingAlerts } from "./tracing.ts";

/** Alerts by group. A disabled component has none. */
export function alertGroups(settings: Settings): RuleGroup[] {
  // The platforms have different log sources.
  const ofSources = logSourceAlerts(settings);
  const onDocker = traitsOf(settings).usesDockerEngine;
  return [
    { name: "infrastructure", rules: infrastructureAlerts(settings) },
    { name: "application", rules: applicationAlerts(settings) },
    // Same interval as the recording rules that they read.
    { name: "objectives", interval: "1m", rules: objectiveAlerts(settings) },
    { name: "audio", rules: audioAlerts(settings) },
    { name: "database", rules: databaseAlerts(settings) },
    { name: "security", rules: securityAlerts(settings) },
    { name: "business", rules: businessAlerts(settings) },
    { name: "probes", rules: probeAlerts(settings) },
    { name: "tracing", rules: tracingAlerts(settings) },
    { name: "long-term", rules: longTermAlerts(settings) },
    { name: "monitoring", rules: [...monitoringAlerts(settings), ...remoteWriteAlerts(settings)] },
    { name: "docker", rules: [...dockerAlerts(settings), ...(onDocker ? ofSources : [])] },
    { name: "kubernetes", rules: [...kubernetesAlerts(settings), ...(onDocker ? [] : ofSources)] },
  ].filter(({ rules }) => rules.length > 0);
}

/** Alerts evaluated by the Loki ruler. */
export function logAlertGroups(settings: Settings): RuleGroup[] {
  return [{ name: "logs", interval: "1m", rules: logAlerts(settings) }].filter(({ rules }) => rules.length > 0);
}

/** Prometheus rule files, one per group, with paths relative to the main config file. */
export function renderRules(settings: Settings): RenderedFile[] {
  return [
    ...recordingGroups(settings).map((group) => file(`rules/recording-${group.name}.yml`, group, settings)),
    ...alertGroups(settings).map((group) => file(`rules/${group.name}.yml`, group, settings)),
  ];
}

/** Rule files of the Loki ruler, in the directory of the default tenant. */
export function renderLogRules(settings: Settings): RenderedFile[] {
  return logAlertGroups(settings).map((group) => file(`rules/fake/${group.name}.yml`, group, settings));
}

function file(path: string, { name, interval, rules }: RuleGroup, { metrics }: Settings): RenderedFile {
  const group = { name, interval, ...(metrics.ruleLimit > 0 && { limit: metrics.ruleLimit }), rules };
  return { path, content: toYaml({ groups: [group] }) };
}
