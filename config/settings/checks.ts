import {
  emailCanBeSent,
  heartbeatRepeatsInTime,
  intervalsRepeat,
  oneSecurityKey,
  oneSlackCredential,
  quietHoursHaveLength,
  teamsExist,
  teamsHaveReceivers,
  windowsHoldSamples,
} from "./alerting-checks.ts";
import { applicationsFit, externalLabelsFit, scrapeTimeoutFitsInterval } from "./application-checks.ts";
import { clusterChecks } from "./cluster-checks.ts";
import { demoFitsPlatform, demoLogsMountable } from "./demo-checks.ts";
import { connectionsAreComplete, logsAreSent } from "./destination-checks.ts";
import { jobsDiffer, targetsDiffer } from "./duplicate-checks.ts";
import { gatewayWorks } from "./gateway-checks.ts";
import { journeysAreComplete } from "./journey-checks.ts";
import { logFilesAreComplete } from "./log-file-checks.ts";
import { longTermChecks } from "./long-term-checks.ts";
import { objectiveChecks } from "./objective-checks.ts";
import { oidcIsComplete } from "./oidc-checks.ts";
import { innerPortsDiffer, openComponentsStayOnLoopback, portsDiffer } from "./port-checks.ts";
import { probesAreComplete } from "./probe-checks.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import type { StackConfig } from "./stack-file.ts";
import { endpointsHaveNoBucket, retentionFitsVolume } from "./storage-checks.ts";
import { authoritiesAreUsed, clientKeysMatch, internalTlsWorks } from "./tls-checks.ts";
import { tracingChecks } from "./tracing-checks.ts";
import {
  dataSourcesFit,
  grafanaMailWorks,
  homeDashboardIsDeployed,
  pluginsDiffer,
  viewerReplacesGrafana,
} from "./visualization-checks.ts";

type Check = (settings: Settings, config: StackConfig) => Problem[];

/** Cross-field checks. Each takes valid settings and reports every conflict. */
export const checks: readonly Check[] = [
  retentionFitsVolume,
  scrapeTimeoutFitsInterval,
  oneSlackCredential,
  oneSecurityKey,
  emailCanBeSent,
  portsDiffer,
  openComponentsStayOnLoopback,
  innerPortsDiffer,
  demoLogsMountable,
  logFilesAreComplete,
  targetsDiffer,
  demoFitsPlatform,
  viewerReplacesGrafana,
  quietHoursHaveLength,
  intervalsRepeat,
  heartbeatRepeatsInTime,
  teamsHaveReceivers,
  teamsExist,
  windowsHoldSamples,
  jobsDiffer,
  authoritiesAreUsed,
  connectionsAreComplete,
  logsAreSent,
  applicationsFit,
  externalLabelsFit,
  internalTlsWorks,
  gatewayWorks,
  oidcIsComplete,
  dataSourcesFit,
  pluginsDiffer,
  grafanaMailWorks,
  homeDashboardIsDeployed,
  clientKeysMatch,
  ...objectiveChecks,
  probesAreComplete,
  journeysAreComplete,
  ...tracingChecks,
  endpointsHaveNoBucket,
  ...longTermChecks,
  ...clusterChecks,
];
