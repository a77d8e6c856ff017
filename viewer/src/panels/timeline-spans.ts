/** A period with a constant value. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** Merges consecutive equal values into spans. Nulls leave gaps. Each sample lasts for `step` milliseconds. */
export function spans(times: readonly number[], values: readonly (number | null)[], step: number): Span[] {
  const found: { start: number; end: number; value: number }[] = [];
  values.forEach((value, index) => {
    const time = times[index] ?? 0;
    const last = found.at(-1);
    if (value === null || Number.isNaN(value)) return;
    if (last !== undefined && last.value === value && last.end >= time) last.end = time + step;
    else found.push({ start: time, end: time + step, value });
  });
  return found;
}

/** Tick intervals of a time axis, in milliseconds. */
const steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800].map(
  (each) => each * 1000,
);

/** Ticks of a time axis at round times, at most `count`. */
export function ticks(from: number, to: number, count: number): number[] {
  const step = steps.find((each) => (to - from) / each <= count) ?? 2_592_000_000;
  // Round in the local time zone.
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const found: number[] = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time < to; time += step) found.push(time);
  return found;
}
