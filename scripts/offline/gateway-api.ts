import { existsSync } from "node:fs";
import { cp, rename } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { cacheFolder, withScratchFolder } from "./cache.ts";
import { ensureGo } from "./go-toolchain.ts";

const source = { module: "sigs.k8s.io/gateway-api", version: "v1.4.0" } as const;

/** Folder with the CRDs of the Gateway API's standard channel; it may not exist yet. */
export function gatewayApiFolder(cacheDir = cacheFolder()): string {
  return join(cacheDir, "programs", `gateway-api-${source.version}`);
}

/** Downloads the CRDs of the Gateway API from its Go module if they are missing. */
export async function ensureGatewayApi({ cacheDir = cacheFolder(), log }: { cacheDir?: string; log: Log }) {
  const folder = gatewayApiFolder(cacheDir);
  if (existsSync(folder)) return;
  await step(log, "Downloading the CRDs of the Gateway API", () =>
    withScratchFolder(cacheDir, async (scratch) => {
      const words = ["mod", "download", "-json", `${source.module}@${source.version}`];
      const answer = await run(await ensureGo(cacheDir), words, { cwd: scratch, env: { GOWORK: "off", GOFLAGS: "" } });
      const { Dir } = JSON.parse(answer) as { Dir: string };
      await cp(join(Dir, "config", "crd", "standard"), join(scratch, "standard"), { recursive: true });
      await rename(join(scratch, "standard"), folder);
    }),
  );
}
