import { dirname } from "node:path/posix";
import type { core } from "@pulumi/kubernetes/types/input.js";
import { resources } from "./kubernetes-quantities.ts";
import { fileVolumeName, type Mount } from "./kubernetes-volumes.ts";
import type { FileSet, Workload } from "./workload.ts";

type Program = (
  workload: Workload,
  name: string,
  command: readonly string[],
  mounts: readonly Mount[],
) => core.v1.Container;

/** Containers that apply changed files without a restart. */
export function fileSidecars(
  workload: Workload,
  mounts: readonly Mount[],
  reloaderImage: string,
  program: Program,
): core.v1.Container[] {
  return (workload.files ?? []).flatMap((set) => [
    ...(set.reload.kind === "http" ? [reloader(set, set.reload, mounts, reloaderImage)] : []),
    ...(set.apply === undefined ? [] : [applier(workload, set, set.apply.command, mounts, program)]),
  ]);
}

const reloaderPort = 9533;

/** Calls the program's reload endpoint when the kubelet has updated the files, and retries until it succeeds. */
function reloader(
  set: FileSet,
  { port, path }: { readonly port: number; readonly path: string },
  mounts: readonly Mount[],
  image: string,
): core.v1.Container {
  // The reloader does not watch nested directories.
  const directories = [...new Set(set.files.map((file) => dirname(`${set.directory}/${file.path}`)))].sort();
  const probe = { httpGet: { path: "/healthz", port: reloaderPort }, timeoutSeconds: 5 };
  return {
    name: "config-reloader",
    image,
    command: [
      "/bin/prometheus-config-reloader",
      `--listen-address=:${reloaderPort}`,
      `--reload-url=http://127.0.0.1:${port}${path}`,
      ...directories.map((directory) => `--watched-dir=${directory}`),
      // In addition to the file watch, which is immediate.
      "--watch-interval=1m",
    ],
    ports: [{ name: "reloader", containerPort: reloaderPort }],
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 24 },
    readinessProbe: { ...probe, periodSeconds: 20 },
    livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 6 },
    volumeMounts: mounts.filter(({ name }) => name === fileVolumeName(set)),
    resources: resources({ memory: "32Mi", cpu: 0.05 }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/**
 * Runs the set's command once the program is up, and again whenever the files change. It becomes ready once the command
 * succeeded, so that `up` fails otherwise; a later failure does not remove the pod from its Service.
 */
function applier(
  workload: Workload,
  set: FileSet,
  command: readonly string[],
  mounts: readonly Mount[],
  program: Program,
): core.v1.Container {
  const probe = workload.probe?.command;
  if (probe === undefined)
    throw new Error(`${workload.name} applies ${set.name}, which requires a probe with a command`);
  const writable = workload.scratch?.[0]?.directory;
  if (writable === undefined)
    throw new Error(`${workload.name} applies ${set.name}, which requires a scratch directory`);
  const applied = `${writable}/applied-${set.name}`;
  const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const apply = command.map((word) => word.replaceAll("{directory}", set.directory));
  const script = [
    "trap 'exit 0' TERM",
    // The directory outlives the container.
    `rm -f ${applied}`,
    "applied=",
    "while :; do",
    `  now=$(cat ${set.files.map(({ path }) => `'${set.directory}/${path}'`).join(" ")} | sha256sum)`,
    `  if [ "$now" != "$applied" ] && ${quoted(probe)}; then`,
    `    if ${quoted(apply)}; then applied=$now; touch ${applied}; fi`,
    "  fi",
    "  sleep 10 &",
    "  wait $!",
    "done",
  ].join("\n");
  // Its settings refer to all secret files.
  const others = (workload.files ?? []).filter((other) => !other.secret && other !== set).map(fileVolumeName);
  const needed = mounts.filter(({ name }) => !others.includes(name));
  return {
    ...program(workload, `apply-${set.name}`, ["/bin/sh", "-uc", script], needed),
    readinessProbe: { exec: { command: ["test", "-e", applied] }, periodSeconds: 5 },
    // The command loads Grafana and its database for a second or two; otherwise this is a sleeping shell.
    resources: resources({ memory: "512Mi", cpu: 0.25, requests: { memory: "32Mi", cpu: 0.01 } }),
  };
}
