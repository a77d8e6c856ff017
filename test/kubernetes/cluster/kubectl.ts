import { type RunResult, run, tryRun } from "../../../scripts/lib/run-command.ts";

/** The fields that objects of all kinds have. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** The `kubectl` of one cluster and one user. */
export class Kubectl {
  readonly kubeconfig: string;
  readonly #command: string;

  constructor(command: string, kubeconfig: string) {
    this.#command = command;
    this.kubeconfig = kubeconfig;
  }

  run(args: readonly string[], timeout = 120_000): Promise<string> {
    return run(this.#command, ["--kubeconfig", this.kubeconfig, ...args], { timeout });
  }

  try(args: readonly string[], timeout = 120_000): Promise<RunResult> {
    return tryRun(this.#command, ["--kubeconfig", this.kubeconfig, ...args], { timeout });
  }

  async get<T extends ApiObject>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(["get", ...args, "--output=json"])) as T;
  }

  async list<T extends ApiObject>(args: readonly string[]): Promise<T[]> {
    return (JSON.parse(await this.run(["get", ...args, "--output=json"])) as { items: T[] }).items;
  }
}
