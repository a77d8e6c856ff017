/**
 * Relative activity by time of day, 1 on average: 0.4 at the quietest time (07:00 UTC) and 1.6 at the busiest (19:00 UTC).
 */
export function dailyShape(time: number): number {
  const hour = (time / 3_600_000) % 24;
  return 1 + 0.6 * Math.cos(((hour - 19) / 24) * 2 * Math.PI);
}
