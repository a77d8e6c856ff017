import type { LogsSettings } from "../../settings/schema.ts";
import { logFileNames, logFiles } from "../../white-room/log-formats.ts";

/** A source of log files that is enabled. */
export interface LogFiles {
  /** Its key below `logs.sources`. */
  readonly key: string;
  readonly service: string;
  readonly paths: readonly string[];
}

/** Every source that reads files on the collector's host. */
export function logFilesOf(sources: LogsSettings["sources"]): LogFiles[] {
  const { nginx, nginxErrors, postgres } = sources;
  const fixed = [
    ...logFileNames.map((key) => ({ key, service: logFiles[key].service, ...sources[key] })),
    { key: "nginx", service: "nginx", ...nginx },
    { key: "nginxErrors", service: "nginx", ...nginxErrors },
    { key: "postgres", service: "postgres", ...postgres },
  ];
  return [
    ...fixed.filter(({ enabled }) => enabled).map(({ key, service, paths }) => ({ key, service, paths })),
    ...Object.entries(sources.files).map(([name, { service = name, paths }]) => ({
      key: `files.${name}`,
      service,
      paths,
    })),
  ];
}
