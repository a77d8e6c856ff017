/** Effects of a deployment on running programs and their data, one line each. */
export interface Effects {
  /** Data that is lost or at risk, in bold. */
  readonly data: readonly string[];
  /** Programs that start, stop, restart or are replaced. */
  readonly programs: readonly string[];
  /** Programs that reload changed files without a restart. */
  readonly reloads: readonly string[];
}
