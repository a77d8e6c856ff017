import { join, resolve } from "node:path";
import { run } from "../sandbox/run-command.ts";
import { table } from "./measure.ts";

const sandbox = join(resolve(import.meta.dirname, ".."), "sandbox.ts");

/** Memory of each service after ten minutes of the demo's load, beside its limit. */
export async function benchMemory(): Promise<string> {
  await run(process.execPath, [sandbox, "up"]);
  await new Promise((done) => setTimeout(done, 600_000));
  const output = await run("docker", ["stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}"]);
  await run(process.execPath, [sandbox, "down", "--volumes"]);
  const rows = output
    .split("\n")
    .filter((line) => line.startsWith("white-room-sandbox-"))
    .map((line) => {
      const [name = "", usage = ""] = line.split("\t");
      const [used = "", limit = ""] = usage.split(" / ");
      return { name: name.replace("white-room-sandbox-", ""), used: mebibytes(used), limit: mebibytes(limit) };
    })
    .sort((a, b) => b.used - a.used);
  const own = rows.filter(({ name }) => !name.startsWith("demo-"));
  const sum = (key: "used" | "limit") => String(Math.round(own.reduce((total, row) => total + row[key], 0)));
  return table(
    ["service", "MiB used", "MiB limit"],
    [
      ...rows.map(({ name, used, limit }) => [name, used.toFixed(1), String(limit)]),
      ["**sum without the demo**", sum("used"), sum("limit")],
    ],
  );
}

function mebibytes(text: string): number {
  const [, value = "0", unit = ""] = /^([\d.]+)(\w+)$/.exec(text.trim()) ?? [];
  return Number(value) * ({ B: 1 / 1024 ** 2, KiB: 1 / 1024, MiB: 1, GiB: 1024 }[unit] ?? Number.NaN);
}
