import {
  checkEmail,
  checkHeartbeat,
  checkQuietHours,
  checkReceivers,
  checkRepeatIntervals,
  checkSecurityKeys,
  checkSlackCredentials,
  checkTeams,
  checkWindows,
} from "./alerting-checks.ts";
import { checkApplications, checkExternalLabels, checkScrapeTimeout } from "./application-checks.ts";
import { clusterChecks } from "./cluster-checks.ts";
import { checkDemoLogs, checkDemoPlatform } from "./demo-checks.ts";
import { checkConnections, checkLogDestinations } from "./destination-checks.ts";
import { checkDuplicateItems, checkJobNames } from "./duplicate-checks.ts";
import { checkGateway } from "./gateway-checks.ts";
import { checkJourneys } from "./journey-checks.ts";
import { checkLogFiles } from "./log-file-checks.ts";
import { longTermChecks } from "./long-term-checks.ts";
import { objectiveChecks } from "./objective-checks.ts";
import { checkOidc } from "./oidc-checks.ts";
import { checkContainerPorts, checkDuplicatePorts, checkOpenPorts } from "./port-checks.ts";
import { checkProbes } from "./probe-checks.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import type { StackConfig } from "./stack-file.ts";
import { checkEndpoints, checkRetention } from "./storage-checks.ts";
import { checkClientKeys, checkExporterTls, checkInternalTls } from "./tls-checks.ts";
import { tracingChecks } from "./tracing-checks.ts";
import {
  checkDataSources,
  checkGrafanaMail,
  checkHomeDashboard,
  checkPlugins,
  checkViewer,
} from "./visualization-checks.ts";

type Check = (settings: Settings, config: StackConfig) => Problem[];

/** Cross-field checks. Each takes valid settings and reports every conflict. */
export const checks: readonly Check[] = [
  checkRetention,
  checkScrapeTimeout,
  checkSlackCredentials,
  checkSecurityKeys,
  checkEmail,
  checkDuplicatePorts,
  checkOpenPorts,
  checkContainerPorts,
  checkDemoLogs,
  checkLogFiles,
  checkDuplicateItems,
  checkDemoPlatform,
  checkViewer,
  checkQuietHours,
  checkRepeatIntervals,
  checkHeartbeat,
  checkReceivers,
  checkTeams,
  checkWindows,
  checkJobNames,
  checkExporterTls,
  checkConnections,
  checkLogDestinations,
  checkApplications,
  checkExternalLabels,
  checkInternalTls,
  checkGateway,
  checkOidc,
  checkDataSources,
  checkPlugins,
  checkGrafanaMail,
  checkHomeDashboard,
  checkClientKeys,
  ...objectiveChecks,
  checkProbes,
  checkJourneys,
  ...tracingChecks,
  checkEndpoints,
  ...longTermChecks,
  ...clusterChecks,
];
