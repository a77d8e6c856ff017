/** A bucket of a histogram over time. */
export interface Bucket {
  /** Upper bound. */
  readonly le: number;
  readonly values: readonly (number | null)[];
}

/** Converts cumulative buckets to buckets with their own values, the highest first. */
export function ownValues(cumulative: readonly Bucket[]): Bucket[] {
  const sorted = cumulative.toSorted((one, other) => (one.le < other.le ? 1 : -1));
  return sorted.map(({ le, values }, index) => {
    const lower = sorted[index + 1]?.values;
    return { le, values: values.map((sum, row) => (sum === null ? null : Math.max(0, sum - (lower?.[row] ?? 0)))) };
  });
}
