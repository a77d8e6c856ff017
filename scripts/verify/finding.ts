import type { Settings } from "../../config/settings/schema.ts";

/** What one question to the running stack brought. `off`: the part is switched off, and nothing is wrong with that. */
export interface Finding {
  readonly state: "ok" | "failed" | "off";
  readonly what: string;
  readonly detail: string;
}

export interface StackUnderTest {
  readonly name: string;
  readonly settings: Settings;
}

export interface CheckGroup {
  readonly title: string;
  readonly check: (stack: StackUnderTest) => Promise<Finding[]>;
}

export function failed(findings: readonly Finding[]): number {
  return findings.filter(({ state }) => state === "failed").length;
}

/** An answer of one of the products as JSON; anything but a success throws what it said. */
export async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000), ...init }).catch((error: Error) => {
    throw new Error(`${url} does not answer`, { cause: error.cause ?? error });
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 300)}`);
  return text === "" ? undefined : JSON.parse(text);
}
