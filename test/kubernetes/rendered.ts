import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { render } from "../../scripts/render.ts";
import type { ApiObject, Kubectl } from "./cluster/kubectl.ts";

/**
 * The configs whose manifests are applied: prod as shipped, a minimal one, one with every optional component, and one with only
 * IPv6 addresses.
 */
export const variants = {
  prod: undefined,
  small: join(import.meta.dirname, "small.yaml"),
  large: join(import.meta.dirname, "large.yaml"),
  ipv6: join(import.meta.dirname, "ipv6.yaml"),
} as const;

/** Manifests that `npm run render` writes, in a folder that `remove` deletes. */
export async function renderedManifests(configFile: string | undefined) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-manifests-"));
  const directory = join(folder, "rendered");
  await render("prod", directory, { withSecrets: false, configFile });
  return { manifests: join(directory, "kubernetes"), remove: () => rmSync(folder, { recursive: true }) };
}

/** Applies manifests with strict validation, and returns the server's warnings. */
export async function applyStrictly(kubectl: Kubectl, manifests: string): Promise<string[]> {
  const words = ["apply", "--server-side", "--validate=strict", "--field-manager=test", "--filename", manifests];
  const { code, output } = await kubectl.try(words);
  if (code !== 0) throw new Error(`kubectl ${words.join(" ")}\n${output}`);
  return output.split("\n").filter((line) => !/ (serverside-applied|unchanged)$/.test(line) && line !== "");
}

/** The objects of a folder of manifests, as the server has them. */
export function applied(kubectl: Kubectl, manifests: string): Promise<ApiObject[]> {
  return kubectl.list(["--filename", manifests]);
}

export function nameOf({ kind, metadata }: ApiObject): string {
  return `${metadata.namespace ?? "-"} ${kind} ${metadata.name}`;
}
