/**
 * How busy White Room is at a time of day, 1 on average: 0.4 at its quietest (07:00 UTC) and 1.6 in the evening
 * (19:00 UTC), when people make music.
 */
export function dailyShape(time: number): number {
  const hour = (time / 3_600_000) % 24;
  return 1 + 0.6 * Math.cos(((hour - 19) / 24) * 2 * Math.PI);
}
