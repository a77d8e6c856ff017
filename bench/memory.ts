import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/lib/run-command.ts";
import { buildSandboxImages } from "../scripts/offline/images.ts";
import { ensureDockerEngine } from "../scripts/sandbox/docker-engine.ts";
import { table } from "./measure.ts";
import { composeStack, container } from "./stacks.ts";

const minutes = 3;
const log = (line: string) => process.stdout.write(`${line}\n`);

/** Memory usage and limit of each service after some minutes of demo load, on a separate stack. */
export async function benchMemory(): Promise<string> {
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  const scratch = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const compose = await composeStack("bench-memory", join(scratch, "rendered"));
  try {
    await compose("up", "--detach", "--wait");
    log(`  ${minutes} minutes of demo load`);
    await new Promise((done) => setTimeout(done, minutes * 60_000));
    return report(await run("docker", ["stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}"]));
  } finally {
    await compose("down", "--volumes");
    rmSync(scratch, { recursive: true });
  }
}

function report(stats: string): string {
  const prefix = container("bench-memory", "");
  const rows = stats
    .split("\n")
    .filter((line) => line.startsWith(prefix))
    .map((line) => {
      const [name = "", usage = ""] = line.split("\t");
      const [used = "", limit = ""] = usage.split(" / ");
      return { name: name.slice(prefix.length), used: mebibytes(used), limit: mebibytes(limit) };
    })
    .sort((a, b) => b.used - a.used);
  const own = rows.filter(({ name }) => !name.startsWith("demo-"));
  const sum = (key: "used" | "limit") => String(Math.round(own.reduce((total, row) => total + row[key], 0)));
  return [
    `After ${minutes} minutes of demo load:`,
    "",
    table(
      ["service", "MiB used", "MiB limit"],
      [
        ...rows.map(({ name, used, limit }) => [name, used.toFixed(1), String(limit)]),
        ["**sum without the demo**", sum("used"), sum("limit")],
      ],
    ),
  ].join("\n");
}

function mebibytes(text: string): number {
  const [, value = "0", unit = ""] = /^([\d.]+)(\w+)$/.exec(text.trim()) ?? [];
  return Number(value) * ({ B: 1 / 1024 ** 2, KiB: 1 / 1024, MiB: 1, GiB: 1024 }[unit] ?? Number.NaN);
}
