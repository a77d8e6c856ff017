import { posix } from "node:path";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { pulumiCommand } from "../../config/settings/load.ts";
import { titleMark, uploads } from "./docker-uploads.ts";
import type { FileSet, Workload } from "./workload.ts";

/** A volume mount. */
export interface FileVolume {
  readonly directory: string;
  readonly readOnly: boolean;
  readonly volume: docker.Volume;
}

interface Carried {
  readonly name: string;
  readonly volume: docker.Volume;
  readonly workload: Workload;
  readonly set: FileSet;
}

/** Mount path in a carrier. It exists in no image, because Docker would copy the image's files and owner into the volume. */
const delivered = "/white-room/files";
const candidates = "/white-room/candidates";
const previous = "/white-room/previous";

/** Whether a set has a check, reload, apply or prune step, so that its carrier must run once. */
export function isGated({ check, reload, apply, removesStale }: FileSet): boolean {
  return check !== undefined || reload.kind === "http" || apply !== undefined || removesStale === true;
}

/** A carrier that is never started: Docker writes the uploads into its volume. */
export function carrierArgs({ name, volume, workload, set }: Carried): docker.ContainerArgs {
  return {
    name,
    image: workload.image,
    // Never run; required for images without a default command.
    entrypoints: ["carrier"],
    start: false,
    mustRun: false,
    networkMode: "none",
    volumes: [{ volumeName: volume.name, containerPath: delivered }],
    uploads: uploads(set, { directory: delivered, titled: false }),
    labels: carrierLabels(workload, set),
  };
}

/**
 * A carrier that runs once, with the product's image: the product's checker validates the candidate files, which are then
 * put in place one by one with a rename, and the running program is notified.
 */
export function gateArgs(
  carried: Carried & {
    readonly workload: Workload;
    readonly network: docker.Network;
    readonly data: readonly FileVolume[];
    /** Sets that the checker needs. */
    readonly read: readonly FileVolume[];
  },
): docker.ContainerArgs {
  const { name, volume, set, workload, network, data, read } = carried;
  return {
    name,
    image: workload.image,
    entrypoints: ["/bin/sh", "-ec", gateScript(workload, set)],
    // The volume and its files belong to root.
    user: "0:0",
    capabilities: {
      drops: ["ALL"],
      adds: [
        // A program whose file has capabilities does not start without them.
        ...(workload.capabilities ?? []).map((capability) => `CAP_${capability}`),
        ...(set.apply === undefined ? [] : ["CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID"]),
      ],
    },
    securityOpts: ["no-new-privileges:true"],
    attach: true,
    logs: true,
    mustRun: false,
    ...(set.reload.kind === "http" ? { networksAdvanced: [{ name: network.name }] } : { networkMode: "none" }),
    volumes: [
      { volumeName: volume.name, containerPath: delivered },
      ...read.map(({ directory, volume }) => ({
        volumeName: volume.name,
        containerPath: posix.join(candidates, posix.relative(set.directory, directory)),
        readOnly: true,
      })),
      ...(set.apply === undefined
        ? []
        : data.map(({ directory, volume }) => ({ volumeName: volume.name, containerPath: directory }))),
    ],
    uploads: uploads(set, { directory: candidates, titled: !set.secret }),
    labels: carrierLabels(workload, set),
  };
}

/** Fails `up` with the product's message if a gate rejected the files, until they are fixed. */
export function failIfRejected(workload: Workload, set: FileSet, gate: docker.Container): void {
  pulumi.all([gate.exitCode, gate.containerLogs, gate.urn]).apply(([exitCode, logs, urn]) => {
    if (!exitCode) return;
    const command = `${pulumiCommand()} up --stack ${pulumi.getStack()}`;
    throw new pulumi.RunError(refusal({ program: workload.name, files: set.name, logs, command, urn }));
  });
}

/** Error message for rejected files: the program's output, and the command to retry. */
export function refusal({
  program,
  files,
  logs,
  command,
  urn,
}: Record<"program" | "files" | "logs" | "command" | "urn", string>): string {
  return (
    `${program} rejected its new ${files} and keeps using the old one. Its output:\n\n${logs}\n` +
    "Fix the config and deploy the stack again. If the config is not the cause (the program did not respond, or the disk " +
    `is full), retry with:\n\n  ${command} --replace '${urn}'\n`
  );
}

function carrierLabels(workload: Workload, { name, reload }: FileSet) {
  const how = reload.kind === "http" ? `http:${reload.port}${reload.path}` : reload.kind;
  return [
    { label: "white-room.carrier", value: `${workload.name}/${name}` },
    { label: "white-room.reload", value: how },
  ];
}

/**
 * Checks the candidates, puts changed files in place and notifies the program. On failure, the old files are restored, so
 * that the next start uses a working config and the next attempt detects the same changes.
 */
function gateScript(workload: Workload, { files, secret, check, reload, apply }: FileSet): string {
  const paths = files.map(({ path }) => path).sort();
  const wanted = paths.map((path) => `-path ${delivered}/${path}`).join(" -o ");
  const inCandidates = (words: readonly string[]) =>
    quoted(words.map((word) => word.replaceAll("{directory}", candidates)));
  return [
    // A no-op after a restart, when the title has already been removed.
    ...(secret ? [] : [`find ${candidates} -type f -exec sed -i '1{/^${titleMark}/d;}' {} +`]),
    ...(check === undefined ? [] : [`${inCandidates(check)} 2>&1`]),
    `mkdir -p ${previous} && cp -R ${delivered}/. ${previous}`,
    "restore() {",
    `  rm -rf ${delivered}/* && cp -R ${previous}/. ${delivered}`,
    "  exit 1",
    "}",
    "changed=",
    "take() {",
    `  if cmp -s ${candidates}/$1 ${delivered}/$1; then return; fi`,
    `  mkdir -p "$(dirname ${delivered}/$1)"`,
    `  cp ${candidates}/$1 ${delivered}/$1.new && mv ${delivered}/$1.new ${delivered}/$1`,
    "  changed=yes",
    "}",
    ...paths.map((path) => `take ${path}`),
    `for stale in $(find ${delivered} -type f ! \\( ${wanted} \\)); do rm "$stale"; changed=yes; done`,
    // The carrier may have been replaced for other reasons, such as a new image.
    '[ -n "$changed" ] || exit 0',
    ...(reload.kind === "http" ? [notify(workload.name, reload.port, reload.path)] : []),
    ...(apply === undefined
      ? []
      : [`if [ -e ${apply.onceExists} ]; then ${inCandidates(apply.command)} || restore; fi`]),
  ].join("\n");
}

/**
 * Sends a POST request to the program and prints its response on failure. If the name does not resolve, the program is not
 * running and will read the new files when it starts; otherwise there are three attempts.
 */
function notify(host: string, port: number, path: string): string {
  const request = `POST ${path} HTTP/1.0\\r\\nHost: ${host}\\r\\nContent-Length: 0\\r\\n\\r\\n`;
  return [
    "ask() {",
    "  if command -v bash >/dev/null; then",
    `    timeout 20 bash -c 'exec 3<>/dev/tcp/${host}/${port} && printf "${request}" >&3 && cat <&3' 2>&1`,
    "  else",
    `    printf '${request}' | timeout 20 nc ${host} ${port} 2>&1`,
    "  fi",
    "}",
    "accepted=",
    "for try in 1 2 3; do",
    "  answer=$(ask) || true",
    '  case "$answer" in',
    '    HTTP/1.?" 200 "*) accepted=yes; break ;;',
    '    *"bad address"*|*"not known"*|*"name resolution"*) exit 0 ;;',
    "  esac",
    "  sleep 3",
    "done",
    `if [ -z "$accepted" ]; then echo "\${answer:-${host} did not respond within 20 s}"; restore; fi`,
  ].join("\n");
}

function quoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
