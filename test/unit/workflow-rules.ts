import { load } from "js-yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly permissions?: unknown;
  readonly environment?: unknown;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: string | readonly string[] | Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Runs without a reviewed change: on any branch, or with the token of the base repository for a fork's code. */
const trustedTriggers = ["pull_request_target", "workflow_run", "issue_comment"];

/**
 * Violations of the security rules for workflows, one line per problem. The rules: read-only tokens, except in jobs that run no
 * code of the repository; secrets only in the `env` of the steps that need them, in jobs with an environment; deployments only
 * from main; actions pinned by commit; no install scripts; no credentials left on disk; no expressions inside scripts.
 */
export function workflowProblems(text: string): string[] {
  const workflow = load(text) as Workflow;
  const triggers =
    typeof workflow.on === "string"
      ? [workflow.on]
      : Array.isArray(workflow.on)
        ? workflow.on
        : Object.keys(workflow.on);
  const problems: string[] = [];
  for (const trigger of trustedTriggers)
    if (triggers.includes(trigger)) problems.push(`on: ${trigger} runs with the base repository's token and secrets`);
  if (!isReadOnly(workflow.permissions)) problems.push("permissions: must be at most contents: read");
  const { jobs: _, ...outside } = workflow;
  if (namesSecrets(outside)) problems.push("secrets outside of a step's env");
  for (const [name, job] of Object.entries(workflow.jobs))
    problems.push(...jobProblems(job, triggers).map((problem) => `${name}: ${problem}`));
  // Read from the text, because YAML drops comments.
  for (const [, reference, comment] of text.matchAll(/^\s*(?:- )?uses: *(\S+)(.*)$/gm))
    if (!/@[0-9a-f]{40}$/.test(reference ?? "") || !/^ # v\d+\.\d+\.\d+$/.test(comment ?? ""))
      problems.push(`${reference} is not pinned as OWNER/ACTION@COMMIT # vX.Y.Z`);
  return problems;
}

function* jobProblems(job: Job, triggers: readonly string[]): Generator<string> {
  const { steps = [], ...rest } = job;
  if (job.uses !== undefined) yield "calls another workflow, whose permissions these rules cannot check";
  if (namesSecrets(rest)) yield "secrets outside of a step's env";
  const usesSecrets = namesSecrets(steps);
  if (usesSecrets && job.environment === undefined) yield "uses secrets without an environment";
  const onlyPullRequests = triggers.every((trigger) => trigger === "pull_request");
  if (job.environment !== undefined && !onlyPullRequests && !/github\.ref == 'refs\/heads\/main'/.test(job.if ?? ""))
    yield "has an environment, and can run on branches other than main";
  const runsOwnCode = steps.some(({ uses, run }) => uses?.startsWith("actions/checkout@") || /\bnpm\b/.test(run ?? ""));
  if (!isReadOnly(job.permissions ?? {}) && (runsOwnCode || usesSecrets))
    yield "has write permissions, and runs code of the repository or has secrets";
  for (const { uses, run, with: inputs, env: _, ...others } of steps) {
    if (namesSecrets([inputs, run, others])) yield "secrets outside of a step's env";
    if (uses?.startsWith("actions/checkout@") && inputs?.["persist-credentials"] !== false)
      yield "checkout without persist-credentials: false";
    if (run?.includes("${{")) yield "expression inside run";
    for (const [command] of (run ?? "").matchAll(/\bnpm (?:ci|install|i|exec)\b.*|\bnpx\b.*/g))
      if (!/^npm ci\b.*--ignore-scripts/.test(command))
        yield `${command}: only npm ci --ignore-scripts may install packages`;
  }
}

function isReadOnly(permissions: unknown): boolean {
  if (typeof permissions !== "object" || permissions === null) return false;
  return Object.entries(permissions).every(
    ([scope, level]) => level === "none" || (scope === "contents" && level === "read"),
  );
}

function namesSecrets(value: unknown): boolean {
  return /\$\{\{[^}]*\bsecrets\b/.test(JSON.stringify(value ?? ""));
}
