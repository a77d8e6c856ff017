import { join } from "node:path";
import type { Service } from "../../config/white-room/metrics.ts";
import { LogFile } from "./log-file.ts";
import { audioEngineLine, juceBackendLine, type LogEntry, swiftFrontendLine } from "./log-lines.ts";

/** Log outputs of the three services. The audio-engine logs to stdout, the others to files. */
export interface Logs {
  readonly write: (service: Service, entry: LogEntry) => void;
  readonly close: () => void;
}

/** Opens the log files; a service logs nothing while `isSilent` is true. */
export function openLogs(
  directory: string,
  isSilent: (service: Service) => boolean,
  writeStdout: (line: string) => void,
): Logs {
  const juceBackend = new LogFile(join(directory, "juce-backend", "juce-backend.log"));
  const swiftFrontend = new LogFile(join(directory, "swift-frontend", "swift-frontend.log"));
  const writers = {
    "juce-backend": (entry: LogEntry, time: Date) => juceBackend.write(juceBackendLine(entry, time)),
    "swift-frontend": (entry: LogEntry, time: Date) => swiftFrontend.write(swiftFrontendLine(entry, time)),
    "audio-engine": (entry: LogEntry, time: Date) => writeStdout(audioEngineLine(entry, time)),
  } satisfies Record<Service, (entry: LogEntry, time: Date) => void>;
  let open = true;
  return {
    write: (service, entry) => {
      if (!open || isSilent(service)) return;
      writers[service](entry, new Date());
    },
    close: () => {
      open = false;
      juceBackend.close();
      swiftFrontend.close();
    },
  };
}
