/** What deploying a change does to running programs and their data, one line each. */
export interface Effects {
  /** Data that is lost or in danger, in bold. */
  readonly data: readonly string[];
  /** Programs that start, stop, restart or are replaced. */
  readonly programs: readonly string[];
  /** Programs that take their changed files while they run. */
  readonly reloads: readonly string[];
}
