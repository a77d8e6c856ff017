// Responses of the stack's programs, with the fields that the tests read.

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

export interface TargetsAnswer {
  readonly data: { readonly activeTargets: Target[] };
}

export interface QueryAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

export interface RulesAnswer {
  readonly data: unknown;
}

export interface LokiAnswer {
  readonly data: { readonly result: LokiStream[] };
}

export interface LokiStream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [string, string])[];
}

export interface PagerDutyEvent {
  readonly event_action: string;
  readonly routing_key: string;
  readonly payload?: unknown;
}
