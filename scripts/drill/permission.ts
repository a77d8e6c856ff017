/** The stack that a drill would notify. */
export interface Target {
  readonly url: string;
  /** Environment of the stack file. */
  readonly configured: string;
  /** Whether the URL was given explicitly, so that the stack file may belong to another stack. */
  readonly urlGiven: boolean;
  /** Environments of the running alerts. */
  readonly running: readonly string[];
}

/** Why a drill requires `--yes`; undefined if it does not. */
export function refusal({ url, configured, urlGiven, running }: Target): string | undefined {
  const production = [configured, ...running].find((environment) => environment.toLowerCase().startsWith("prod"));
  if (production !== undefined) {
    return `this would page people, because ${url} is environment ${production}. Announce the drill, then add --yes`;
  }
  if (urlGiven && running.length === 0) {
    return `the environment of ${url} is unknown, because no alert is firing there. To send test alerts anyway, add --yes`;
  }
  return undefined;
}
