import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { dump, load } from "js-yaml";
import { localPaths, mergeStackFiles, type StackFile } from "./merge-config.ts";

export const root = resolve(import.meta.dirname, "..", "..");

/** This checkout's own folder: state, passphrase and deployed config. Never committed. */
export const localFolder = join(root, ".pulumi-local");

/** Where the CLI finds a stack: folder, environment and config file. */
export interface StackProject {
  readonly stack: string;
  /** Whether state and passphrase are this checkout's own; else they are the user's. */
  readonly own: boolean;
  readonly folder: string;
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What people type for the CLI. */
  readonly command: string;
  /** Key paths that were set for this checkout, beside what is committed. */
  readonly local: readonly string[];
}

export function knownStacks(): string[] {
  return readdirSync(root)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/**
 * With PULUMI_BACKEND_URL set, the project as it is. Else a project of this checkout in `.pulumi-local`: the same
 * program, its own backend and passphrase, and a stack file that the committed one flows into. Pulumi writes a salt and
 * every secret into the stack file, and the committed one must not change by that.
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

/** A stack as it was deployed last, for what asks it while it runs. */
export interface DeployedStack {
  readonly configFile: string;
  /** The program that reaches its engine, to be run in the checkout's folder. */
  readonly pulumi: string;
  /** What people type for it. */
  readonly command: string;
}

/** What `start.sh` brought up and has the state of; else the project as the user's own backend has it. */
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

/** Whether this checkout's own state knows anything of a stack that is up. */
export function hasLocalState(stack: string, folder = localFolder): boolean {
  const file = join(folder, "state", ".pulumi", "stacks", "white-room-monitoring", `${stack}.json`);
  if (!existsSync(file)) return false;
  const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint?: { latest?: { resources?: unknown[] } } };
  return (state.checkpoint?.latest?.resources?.length ?? 0) > 0;
}

/** `.pulumi-local/pulumi`: the CLI as {@link openProject} sets it up, for people. */
export function writeCommand({ environment, own }: StackProject, cli: string): void {
  if (!own) return;
  const path = [dirname(process.execPath), dirname(cli)].join(delimiter);
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const script = `#!/bin/sh
# Written by start.sh: the Pulumi CLI on this checkout's own state and config.
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
  // Another salt or provider belongs to other secrets: what was encrypted here cannot be read with it.
  const otherKeys =
    (committed.encryptionsalt !== undefined && committed.encryptionsalt !== local.encryptionsalt) ||
    committed.secretsprovider !== local.secretsprovider;
  const merged = otherKeys ? committed : mergeStackFiles(base, local, committed);
  writeYaml(configFile, merged);
  writeYaml(baseFile, committed);
  return merged;
}

/** Secrets that are committed were encrypted with somebody's passphrase, which only they can give. */
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
  return (load(readFileSync(path, "utf8")) ?? {}) as StackFile;
}

function writeYaml(path: string, value: object): void {
  const text = dump(value, { lineWidth: -1, noRefs: true });
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text, { mode: 0o600 });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
