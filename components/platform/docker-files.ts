import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
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

/** Whether a set is checked, announced or applied, and its carrier therefore runs once. */
export function isGated({ check, reload, apply }: FileSet): boolean {
  return check !== undefined || reload.kind === "http" || apply !== undefined;
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
    uploads: uploads(set, delivered),
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
    uploads: uploads(set, candidates),
    labels: carrierLabels(workload, set),
  };
}

/** Fails `up` with the product's own message when a gate refused its files, and goes on failing until they are mended. */
export function refuse(workload: Workload, set: FileSet, gate: docker.Container): void {
  pulumi.all([gate.exitCode, gate.containerLogs]).apply(([exitCode, logs]) => {
    if (!exitCode) return;
    throw new pulumi.RunError(
      `${workload.name} refused its new ${set.name}; it goes on with the old one. It says:\n\n${logs}\n` +
        "Mend the config and run `pulumi up` again.",
    );
  });
}

function carrierLabels(workload: Workload, { name, reload }: FileSet) {
  const how = reload.kind === "http" ? `http:${reload.port}${reload.path}` : reload.kind;
  return [
    { label: "white-room.carrier", value: `${workload.name}/${name}` },
    { label: "white-room.reload", value: how },
  ];
}

function uploads({ files, secret }: FileSet, directory: string) {
  return files.map(({ path, content }) => ({
    file: `${directory}/${path}`,
    content: secret ? pulumi.secret(content) : content,
    permissions: "0444",
  }));
}

function gateScript(workload: Workload, { files, check, reload, apply }: FileSet): string {
  const paths = files.map(({ path }) => path).sort();
  const wanted = paths.map((path) => `-path ${delivered}/${path}`).join(" -o ");
  return [
    ...(check === undefined ? [] : [`${quoted(check.map((word) => word.replaceAll("{directory}", candidates)))} 2>&1`]),
    `stale=$(find ${delivered} -type f ! \\( ${wanted} \\))`,
    'changed=$stale; [ -z "$stale" ] || rm $stale',
    "take() {",
    `  if cmp -s ${candidates}/$1 ${delivered}/$1; then return; fi`,
    `  mkdir -p "$(dirname ${delivered}/$1)"`,
    `  cp ${candidates}/$1 ${delivered}/$1.new && mv ${delivered}/$1.new ${delivered}/$1`,
    "  changed=yes",
    "}",
    ...paths.map((path) => `take ${path}`),
    // A carrier is replaced for other reasons, too: a new image, say.
    '[ -n "$changed" ] || exit 0',
    ...(reload.kind === "http" ? [tell(workload.name, reload.port, reload.path)] : []),
    ...(apply === undefined ? [] : [`if [ -e ${apply.onceExists} ]; then ${quoted(apply.command)}; fi`]),
  ].join("\n");
}

/** POST to the running program, if it runs: at the first `up` it does not yet. Images without wget have bash. */
function tell(host: string, port: number, path: string): string {
  return [
    "if command -v wget >/dev/null; then",
    `  if wget -q -O /dev/null http://${host}:${port}/metrics; then wget -q -O - --post-data= http://${host}:${port}${path}; fi`,
    `elif bash -c 'exec 3<>/dev/tcp/${host}/${port}' 2>/dev/null; then`,
    `  answer=$(bash -c 'exec 3<>/dev/tcp/${host}/${port}; printf "POST ${path} HTTP/1.0\\r\\nHost: ${host}\\r\\nContent-Length: 0\\r\\n\\r\\n" >&3; cat <&3')`,
    `  case "$answer" in *" 200 "*) ;; *) echo "$answer"; exit 1 ;; esac`,
    "fi",
  ].join("\n");
}

function quoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
