/** Receives one line of progress per call, without a newline. */
export type Log = (line: string) => void;

/** Runs one step and logs its start and its duration. */
export async function step<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  log(`${what} …`);
  const result = await work();
  log(`${what}: done in ${duration(performance.now() - start)}`);
  return result;
}

/** Formats milliseconds: "4.2 s", "5 min 07 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
