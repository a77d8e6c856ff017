import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JourneyConfig } from "../config/products/journeys/journeys.ts";
import { runId, type Scalar, secretPrefix } from "../config/products/journeys/placeholders.ts";

/** Saved values below this length, such as a song ID, are not treated as secrets: masking them would hide unrelated text. */
const shortestSecret = 8;

/** Placeholder values of one run. */
export class Values {
  /** Secrets and saved values that must not be logged. */
  readonly hidden = new Set<string>();
  readonly #saved: Map<string, Scalar>;
  readonly #pathOf: (secret: string) => string;

  constructor({ secrets }: JourneyConfig, directory: string, id: string) {
    this.#saved = new Map([[runId, id]]);
    this.#pathOf = (secret) => join(directory, secrets[secret] ?? "");
  }

  save(name: string, value: Scalar): void {
    this.#saved.set(name, value);
    if (typeof value === "string" && value.length >= shortestSecret) this.hidden.add(value);
  }

  readonly get = (name: string): Scalar => {
    if (name.startsWith(secretPrefix)) return this.#secret(name);
    const value = this.#saved.get(name);
    assert.ok(value !== undefined, `\${${name}} was not saved`);
    return value;
  };

  #secret(name: string): string {
    try {
      const value = readFileSync(this.#pathOf(name.slice(secretPrefix.length)), "utf8");
      this.hidden.add(value);
      return value;
    } catch {
      return assert.fail(`cannot read the secret ${name}`);
    }
  }
}
