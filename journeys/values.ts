import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runId, type Scalar, secretPrefix } from "../config/products/journeys/placeholders.ts";
import type { Journey } from "./config.ts";
import { StepError } from "./expectations.ts";

/** Saved values below this length, such as the number of a song, are not secrets, and would hide unrelated text. */
const shortestSecret = 8;

/** Values of the placeholders of a run. */
export class Values {
  /** Texts that must not be logged. */
  readonly hidden = new Set<string>();
  readonly #saved: Map<string, Scalar>;
  readonly #secrets: Journey["secrets"];
  readonly #directory: string;

  constructor({ secrets }: Journey, directory: string, id: string) {
    this.#secrets = secrets;
    this.#directory = directory;
    this.#saved = new Map([[runId, id]]);
  }

  save(name: string, value: Scalar): void {
    this.#saved.set(name, value);
    if (typeof value === "string" && value.length >= shortestSecret) this.hidden.add(value);
  }

  readonly get = (name: string): Scalar => {
    if (name.startsWith(secretPrefix)) return this.#secret(name);
    const value = this.#saved.get(name);
    if (value === undefined) throw new StepError(`\${${name}} was not saved`);
    return value;
  };

  #secret(name: string): string {
    try {
      const value = readFileSync(join(this.#directory, this.#secrets[name.slice(secretPrefix.length)] ?? ""), "utf8");
      this.hidden.add(value);
      return value;
    } catch {
      throw new StepError(`cannot read the secret ${name}`);
    }
  }
}
