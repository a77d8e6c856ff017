import type { Settings } from "../../config/settings/schema.ts";
import { requestComponent } from "../lib/component-request.ts";

/** Result of one check. `off`: the component is disabled, which is not a failure. */
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

/** Sends a request to a product and returns the JSON response. Throws with the response text on failure. */
export async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await requestComponent(url, { signal: AbortSignal.timeout(20_000), ...init }).catch((error: Error) => {
    throw new Error(`${url} does not respond`, { cause: error.cause ?? error });
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} returned ${answer.status}: ${text.slice(0, 300)}`);
  return text === "" ? undefined : JSON.parse(text);
}
