import assert from "node:assert/strict";
import { stack } from "./sandbox.ts";

export const linesPerSecond = 10;

/** Writes numbered lines that carry a word to a log file of the demo for some seconds, and returns how many. */
export async function writeLines(word: string, seconds: number): Promise<number> {
  const program = `
    const file = "/var/log/white-room/juce-backend/${word.slice(0, 8)}.log";
    for (let number = 1; number <= ${seconds * linesPerSecond}; number++) {
      const line = { timestamp: new Date().toISOString(), level: "info", message: "${word} line " + number };
      require("node:fs").appendFileSync(file, JSON.stringify(line) + "\\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${1000 / linesPerSecond});
    }`;
  await stack.execute("demo-simulator", ["node", "-e", program]);
  return seconds * linesPerSecond;
}

/** The numbers of the lines with this word that Loki has. */
export async function linesInLoki(word: string): Promise<Set<number>> {
  const parameters = new URLSearchParams({
    query: `{service="juce-backend"} |= \`${word}\``,
    start: String((Date.now() - 600_000) * 1e6),
    limit: "5000",
  });
  const answer = await fetch(`http://127.0.0.1:3100/loki/api/v1/query_range?${parameters}`);
  assert.ok(answer.ok, await answer.clone().text());
  const { data } = (await answer.json()) as { data: { result: { values: [string, string][] }[] } };
  const lines = data.result.flatMap(({ values }) => values.map(([, line]) => line));
  return new Set(lines.map((line) => Number(/ line (\d+)/.exec(line)?.[1])));
}
