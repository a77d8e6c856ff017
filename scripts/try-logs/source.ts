import type { Collector } from "../../config/products/collector/collector.ts";
import { collectorDataDirectory } from "../../config/products/collector/collector.ts";
import { logFilesOf } from "../../config/products/collector/log-files.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { UsageError } from "../lib/usage-error.ts";

type Sources = Settings["logs"]["sources"];

/** Settings with only the named source of log files, reading only `path`. Throws UsageError if there is no such source. */
export function withOnlySource(settings: Settings, name: string, path: string): Settings {
  const { logs, network, tracing } = settings;
  const own = logs.sources.files[name];
  const key = own === undefined ? name : `files.${name}`;
  const known = logFilesOf(logs.sources).map((source) => source.key);
  if (!known.includes(key)) {
    const names = known.map((each) => each.replace(/^files\./, ""));
    throw new UsageError(
      `"${name}" is not a source of log files of this stack; use ${names.join(", ")}, or add logs.sources.files.${name}`,
    );
  }
  const others = Object.entries(logs.sources).map(([each, source]) => [each, { ...source, enabled: false }]);
  const sources = {
    ...(Object.fromEntries(others) as Sources),
    files: own === undefined ? {} : { [name]: { ...own, paths: [path] } },
    ...(own === undefined && {
      [name]: { ...(logs.sources[name as keyof Sources] as object), enabled: true, paths: [path] },
    }),
  };
  return {
    ...settings,
    logs: { ...logs, sources },
    network: { ...network, tls: { ...network.tls, enabled: false } },
    tracing: { ...tracing, enabled: false },
  };
}

/** Arguments of a collector with its files in `folder` instead of the directories of its image. */
export function argumentsIn(folder: string, { args, configDirectory, port }: Collector, listen: string): string[] {
  return args.map((argument) =>
    argument
      .replace(`=:${port}`, `=${listen}`)
      .replace(collectorDataDirectory, folder)
      .replace(configDirectory, folder),
  );
}

/** IANA names of the time zones that the log sources use. */
export function timezonesOf({ logs }: Settings): string[] {
  const { nginxErrors, postgres, files } = logs.sources;
  return [
    ...[nginxErrors, postgres].flatMap(({ enabled, timezone }) => (enabled ? [timezone] : [])),
    ...Object.values(files).flatMap(({ time }) => time?.timezone ?? []),
  ];
}
