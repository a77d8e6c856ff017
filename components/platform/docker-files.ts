import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { pulumiCommand } from "../../config/settings/load.ts";
import { titleMark, uploads } from "./docker-uploads.ts";
import type { FileSet, Workload } from "./workload.ts";

/** A volume as a container mounts it. */
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

/** Where a carrier sees its volume: a path no image has, or Docker would copy the image's files and owner into it. */
const delivered = "/white-room/files";
const candidates = "/white-room/candidates";
const previous = "/white-room/previous";

/** Whether a set is checked, announced, applied or tidied up, and its carrier therefore runs once. */
export function isGated({ check, reload, apply, removesStale }: FileSet): boolean {
  return check !== undefined || reload.kind === "http" || apply !== undefined || removesStale === true;
}

/** A carrier that never starts: Docker writes its uploads through into the volume. */
export function carrierArgs({ name, volume, workload, set }: Carried): docker.ContainerArgs {
  return {
    name,
    image: workload.image,
    // Never run; a name is needed where the image has no default command.
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
 * A carrier that runs once, in the product's own image: the product's checker reads the candidates, and only what it
 * accepts is put in place, file by file, each by a rename; then the running program is told.
 */
export function gateArgs(
  carried: Carried & {
    readonly workload: Workload;
    readonly network: docker.Network;
    readonly data: readonly FileVolume[];
  },
): docker.ContainerArgs {
  const { name, volume, set, workload, network, data } = carried;
  return {
    name,
    image: workload.image,
    entrypoints: ["/bin/sh", "-ec", gateScript(workload, set)],
    // The volume belongs to root, and so do its files.
    user: "0:0",
    capabilities: {
      drops: ["ALL"],
      adds: set.apply === undefined ? [] : ["CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID"],
    },
    securityOpts: ["no-new-privileges:true"],
    attach: true,
    logs: true,
    mustRun: false,
    ...(set.reload.kind === "http" ? { networksAdvanced: [{ name: network.name }] } : { networkMode: "none" }),
    volumes: [
      { volumeName: volume.name, containerPath: delivered },
      ...(set.apply === undefined
        ? []
        : data.map(({ directory, volume }) => ({ volumeName: volume.name, containerPath: directory }))),
    ],
    uploads: uploads(set, { directory: candidates, titled: !set.secret }),
    labels: carrierLabels(workload, set),
  };
}

/** Fails `up` with the product's own message when a gate refused its files, and goes on failing until they are mended. */
export function refuse(workload: Workload, set: FileSet, gate: docker.Container): void {
  pulumi.all([gate.exitCode, gate.containerLogs, gate.urn]).apply(([exitCode, logs, urn]) => {
    if (!exitCode) return;
    const command = `${pulumiCommand()} up --stack ${pulumi.getStack()}`;
    throw new pulumi.RunError(refusal({ program: workload.name, files: set.name, logs, command, urn }));
  });
}

/** What `up` prints of files that a program refused: the program's own words, and how `command` tries them again. */
export function refusal({
  program,
  files,
  logs,
  command,
  urn,
}: Record<"program" | "files" | "logs" | "command" | "urn", string>): string {
  return (
    `${program} refused its new ${files}; it goes on with the old one. It says:\n\n${logs}\n` +
    "Mend the config and bring the stack up again. Where the config is not at fault (a program that did not answer, a " +
    `full disk), try the same again with:\n\n  ${command} --replace '${urn}'\n`
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
 * Checks the candidates, puts in place what differs, tells the program. Where that fails the old files come back, so that
 * the next start reads what works, and the next try finds the same difference again.
 */
function gateScript(workload: Workload, { files, secret, check, reload, apply }: FileSet): string {
  const paths = files.map(({ path }) => path).sort();
  const wanted = paths.map((path) => `-path ${delivered}/${path}`).join(" -o ");
  const inCandidates = (words: readonly string[]) =>
    quoted(words.map((word) => word.replaceAll("{directory}", candidates)));
  return [
    // Does nothing on a restart, when the title is gone already.
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
    // A carrier is replaced for other reasons, too: a new image, say.
    '[ -n "$changed" ] || exit 0',
    ...(reload.kind === "http" ? [tell(workload.name, reload.port, reload.path)] : []),
    ...(apply === undefined
      ? []
      : [`if [ -e ${apply.onceExists} ]; then ${inCandidates(apply.command)} || restore; fi`]),
  ].join("\n");
}

/**
 * POST to the program, and its whole answer where it refuses. A name that does not resolve is a program that does not run
 * yet and will read the new files when it starts; one that is there and does not answer gets three tries.
 */
function tell(host: string, port: number, path: string): string {
  const request = `POST ${path} HTTP/1.0\\r\\nHost: ${host}\\r\\nContent-Length: 0\\r\\n\\r\\n`;
  return [
    "ask() {",
    "  if command -v bash >/dev/null; then",
    `    timeout 20 bash -c 'exec 3<>/dev/tcp/${host}/${port} && printf "${request}" >&3 && cat <&3' 2>&1`,
    "  else",
    `    printf '${request}' | timeout 20 nc ${host} ${port} 2>&1`,
    "  fi",
    "}",
    "told=",
    "for try in 1 2 3; do",
    "  answer=$(ask) || true",
    '  case "$answer" in',
    '    HTTP/1.?" 200 "*) told=yes; break ;;',
    '    *"bad address"*|*"not known"*|*"name resolution"*) exit 0 ;;',
    "  esac",
    "  sleep 3",
    "done",
    `if [ -z "$told" ]; then echo "\${answer:-${host} did not answer within 20 s}"; restore; fi`,
  ].join("\n");
}

function quoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
