const unitSeconds = { s: 1, m: 60, h: 3600 } as const;

/** Format accepted by `parseDuration`, for error messages. */
export const durationForm = 'a duration from "1s" to "24h", such as "90s", "5m" or "1m30s"';

/** Parses "60s", "5m", "1m30s" or "2h" to milliseconds; undefined if invalid or not between 1 s and 24 h. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,5}h)?(?:\d{1,5}m)?(?:\d{1,5}s)?$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smh])/g)) {
    seconds += Number(count) * unitSeconds[unit as keyof typeof unitSeconds];
  }
  return seconds >= 1 && seconds <= 86_400 ? seconds * 1000 : undefined;
}

/** Formats milliseconds for `parseDuration`, such as "1m30s", rounded up to whole seconds. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count}${unit}`)
      .join("") || "0s"
  );
}
