import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { dump } from "js-yaml";
import { parseStackFile } from "../../config/settings/stack-file.ts";
import { localPaths, mergeStackFiles, type StackFile } from "./merge-config.ts";

export const root = resolve(import.meta.dirname, "..", "..");

/** Local folder of this checkout: state, passphrase and deployed config. Never committed. */
export const localFolder = join(root, ".pulumi-local");

/** Folder, environment and config file with which the CLI accesses a stack. */
export interface StackProject {
  readonly stack: string;
  /** Whether state and passphrase belong to this checkout rather than to the user's backend. */
  readonly own: boolean;
  readonly folder: string;
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The command to show to users. */
  readonly command: string;
  /** Key paths set for this checkout only. */
  readonly local: readonly string[];
}

export function knownStacks(): string[] {
  return readdirSync(root)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/**
 * With PULUMI_BACKEND_URL set, returns the project unchanged. Otherwise creates a local project in `.pulumi-local` with the
 * same program, its own backend and passphrase, and a stack file merged from the committed one: Pulumi writes a salt and
 * secrets to the stack file, which must not end up in the committed file.
 */
export function openProject(stack: string): StackProject {
  const committedFile = join(root, `Pulumi.${stack}.yaml`);
  const always = { PULUMI_ERROR_OUTPUT_STRING: "true", PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (process.env.PULUMI_BACKEND_URL) {
    const common = { stack, own: false, folder: root, configFile: committedFile, local: [] };
    return { ...common, command: "pulumi", environment: always };
  }
  makePrivate(localFolder);
  makePrivate(join(localFolder, "state"));
  const configFile = join(localFolder, `Pulumi.${stack}.yaml`);
  const backend = backendUrl(localFolder);
  writeYaml(join(localFolder, "Pulumi.yaml"), {
    ...readYaml(join(root, "Pulumi.yaml")),
    main: "../",
    backend: { url: backend },
  });
  const committed = readYaml(committedFile);
  const merged = writeMerged(stack, configFile, committed);
  return {
    stack,
    own: true,
    folder: localFolder,
    configFile,
    local: localPaths(merged, committed),
    command: ".pulumi-local/pulumi",
    environment: { ...always, PULUMI_BACKEND_URL: backend, ...passphrase(committed) },
  };
}

/** A deployed stack, for scripts that query it. */
export interface DeployedStack {
  readonly configFile: string;
  /** The CLI that accesses its state; run it in the checkout's folder. */
  readonly pulumi: string;
  /** The command to show to users. */
  readonly command: string;
}

/** The stack deployed by `start.sh` if its state exists, otherwise the one in the user's backend. */
export function deployedStack(stack: string, checkout = root): DeployedStack {
  const folder = join(checkout, ".pulumi-local");
  const { PULUMI_BACKEND_URL: backend = "" } = process.env;
  const own = backend === "" || backend === backendUrl(folder);
  return own && hasLocalState(stack, folder)
    ? {
        configFile: join(folder, `Pulumi.${stack}.yaml`),
        pulumi: join(folder, "pulumi"),
        command: ".pulumi-local/pulumi",
      }
    : { configFile: join(checkout, `Pulumi.${stack}.yaml`), pulumi: "pulumi", command: "pulumi" };
}

/** Whether this checkout's state contains resources of a stack. */
export function hasLocalState(stack: string, folder = localFolder): boolean {
  const file = join(folder, "state", ".pulumi", "stacks", "white-room-monitoring", `${stack}.json`);
  if (!existsSync(file)) return false;
  const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint?: { latest?: { resources?: unknown[] } } };
  return (state.checkpoint?.latest?.resources?.length ?? 0) > 0;
}

/** Writes `.pulumi-local/pulumi`, a wrapper that runs the CLI as set up by {@link openProject}. */
export function writeCommand({ environment, own }: StackProject, cli: string): void {
  if (!own) return;
  const path = [dirname(process.execPath), dirname(cli)].join(delimiter);
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const script = `#!/bin/sh
# Written by start.sh. Runs the Pulumi CLI with the state and config of this checkout.
unset PULUMI_CONFIG_PASSPHRASE
${lines.join("\n")}
export PATH=${quoted(path)}:"$PATH"
exec ${quoted(cli)} -C ${quoted(localFolder)} "$@"
`;
  writeFileSync(join(localFolder, "pulumi"), script, { mode: 0o700 });
}

function writeMerged(stack: string, configFile: string, committed: StackFile): StackFile {
  const baseFile = join(localFolder, `Pulumi.${stack}.committed.yaml`);
  const local = existsSync(configFile) ? readYaml(configFile) : {};
  const base = existsSync(baseFile) ? readYaml(baseFile) : {};
  // With another salt or secrets provider, the values encrypted here can no longer be decrypted.
  const otherKeys =
    (committed.encryptionsalt !== undefined && committed.encryptionsalt !== local.encryptionsalt) ||
    committed.secretsprovider !== local.secretsprovider;
  const merged = otherKeys ? committed : mergeStackFiles(base, local, committed);
  writeYaml(configFile, merged);
  writeYaml(baseFile, committed);
  return merged;
}

/** Committed secrets were encrypted with a passphrase that only its owner can provide. */
function passphrase(committed: StackFile): Record<string, string> {
  if (committed.encryptionsalt !== undefined || committed.secretsprovider !== undefined) return {};
  const file = join(localFolder, "passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  chmodSync(file, 0o600);
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

function backendUrl(folder: string): string {
  return `file://${join(folder, "state")}`;
}

function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

function readYaml(path: string): StackFile {
  return parseStackFile(path);
}

function writeYaml(path: string, value: object): void {
  const text = dump(value, { lineWidth: -1, noRefs: true });
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text, { mode: 0o600 });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
