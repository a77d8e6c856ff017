/** Seeded pseudo-random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** Uniform between two bounds. */
  readonly between: (low: number, high: number) => number;
  /** True with the given probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the values, all equally likely. */
  readonly pick: <T>(values: readonly T[]) => T;
  /** One of the values, with decreasing probability: the n-th is about 1/n as likely as the first. */
  readonly pickFirst: <T>(values: readonly T[]) => T;
  /** Poisson-distributed number of events. */
  readonly poisson: (mean: number) => number;
  /** Log-normal; `spread` is the standard deviation of the logarithm. */
  readonly logNormal: (median: number, spread: number) => number;
}

/** Mulberry32 (https://github.com/cprosche/mulberry32): 32 bits of state are sufficient for noise. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + next() * (high - low);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (values) => at(values, Math.floor(next() * values.length)),
    pickFirst: (values) => at(values, Math.floor((values.length + 1) ** next()) - 1),
    poisson: (mean) => {
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
  };
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[Math.min(index, values.length - 1)];
  if (value === undefined) throw new Error("cannot pick from an empty list");
  return value;
}
