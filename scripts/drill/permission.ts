/** What is known about the stack that a drill would page. */
export interface Target {
  readonly url: string;
  /** Environment of the stack file. */
  readonly configured: string;
  /** Whether the address was given by hand, so that the stack file may be another stack's. */
  readonly urlGiven: boolean;
  /** Environments that the running alerts carry. */
  readonly running: readonly string[];
}

/** Why a drill must not go on without `--yes`; undefined where it may. */
export function refusal({ url, configured, urlGiven, running }: Target): string | undefined {
  const production = [configured, ...running].find((environment) => environment.toLowerCase().startsWith("prod"));
  if (production !== undefined) {
    return `this would page people: ${url} is environment ${production}. Tell them, then add --yes`;
  }
  if (urlGiven && running.length === 0) {
    return `no running alert says which environment ${url} is. If it may be paged, add --yes`;
  }
  return undefined;
}
