import { isWhole, placeholder, placeholdersIn, runId, secretPrefix } from "../products/journeys/placeholders.ts";
import { connectionProblems } from "./connection-checks.ts";
import { either, type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isSecretField, isSecretName, isSecretValue } from "./secret-words.ts";
import { journeySecretName } from "./secrets.ts";
import { seconds } from "./units.ts";

type Journey = Settings["probes"]["journeys"][number];
type Step = Journey["steps"][number];

/** Journeys that could never succeed, or that contain secrets. */
export function checkJourneys({ probes }: Settings): Problem[] {
  const taken = new Set(probes.targets.map(({ name }) => name));
  return probes.journeys.flatMap((journey, index) => {
    const path = `probes.journeys[${index}]`;
    const isDuplicate = taken.has(journey.name);
    taken.add(journey.name);
    return [
      ...(isDuplicate ? [duplicate(`${path}.name`, journey.name, "of another probe or journey")] : []),
      ...timeProblems(path, journey),
      ...connectionProblems(
        path,
        { auth: "none", tls: journey.tls },
        journey.steps.some(({ request }) => /^https:/i.test(request.url)) ? undefined : "without TLS; use an https URL",
      ),
      ...stepProblems(path, journey),
    ];
  });
}

const duplicate = (path: string, name: string, whose: string): Problem => ({
  path,
  message: `${show(name)} is the name ${whose}; use another name`,
});

function timeProblems(path: string, { every, timeout, steps }: Journey): Problem[] {
  const tooLong = (of: string, value: string, limit: string, written: string) =>
    seconds(value) > seconds(written)
      ? [{ path: of, message: `${show(value)} is longer than ${limit} ${show(written)}; use at most ${show(written)}` }]
      : [];
  return [
    ...(timeout === undefined ? [] : tooLong(`${path}.timeout`, timeout, `${path}.every`, every)),
    ...(timeout === undefined
      ? []
      : steps.flatMap((step, index) =>
          tooLong(`${path}.steps[${index}].timeout`, step.timeout, `${path}.timeout`, timeout),
        )),
  ];
}

function stepProblems(path: string, { name: journey, steps }: Journey): Problem[] {
  const saved: string[] = [];
  const names = new Set<string>();
  return steps.flatMap((step, index) => {
    const at = `${path}.steps[${index}]`;
    const isDuplicate = names.has(step.name);
    names.add(step.name);
    const problems = [
      ...(isDuplicate ? [duplicate(`${at}.name`, step.name, "of an earlier step")] : []),
      ...bodyProblems(at, step),
      ...saveProblems(at, step),
      ...placeholderProblems(at, step, saved),
      ...clearSecrets(at, step, journey),
    ];
    saved.push(...Object.keys(step.save ?? {}));
    return problems;
  });
}

function bodyProblems(path: string, { request }: Step): Problem[] {
  const bodies = (["json", "form", "body"] as const).filter((kind) => request[kind] !== undefined);
  const [first, ...others] = bodies;
  const hasNone = ["GET", "HEAD"].includes(request.method);
  return [
    ...(first !== undefined && hasNone
      ? [
          {
            path: `${path}.request.${first}`,
            message: `cannot be sent with method: ${request.method}; use a method such as POST, or remove ${first}`,
          },
        ]
      : []),
    ...others.map((other) => ({
      path: `${path}.request.${other}`,
      message: `cannot be combined with ${first}; use one of json, form and body`,
    })),
  ];
}

function saveProblems(path: string, { save = {} }: Step): Problem[] {
  return Object.entries(save)
    .filter(([, sources]) => Object.values(sources).filter((source) => source !== undefined).length !== 1)
    .map(([name]) => ({
      path: `${path}.save.${name}`,
      message: 'needs exactly one source; use json, header or cookie, such as {json: "$.token"}',
    }));
}

/** Each text of a request with its path. */
function textsOf(path: string, value: unknown): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    textsOf(Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, each),
  );
}

function placeholderProblems(path: string, { request }: Step, saved: readonly string[]): Problem[] {
  const known = saved.length === 0 ? "" : `use ${either([...new Set(saved)].map((name) => `\${${name}}`))}, or `;
  return [
    ...textsOf(`${path}.request`, request).flatMap(([at, text]) =>
      [...new Set(placeholdersIn(text))].flatMap((name): Problem[] => {
        if (name === runId || saved.includes(name)) return [];
        if (!name.startsWith(secretPrefix))
          return [
            { path: at, message: `\${${name}} is saved by no earlier step; ${known}add it to save of an earlier step` },
          ];
        if (journeySecretName.test(name.slice(secretPrefix.length))) return [];
        return [
          {
            path: at,
            message: `\${${name}} has no valid name; use lower-case letters and digits, such as \${secret.password}`,
          },
        ];
      }),
    ),
    ...(isWhole(request.url) && placeholdersIn(request.url).some((name) => name.startsWith(secretPrefix))
      ? [{ path: `${path}.request.url`, message: "is a secret; use a URL with the secret in its path or query" }]
      : []),
  ];
}

/** Requests are stored in the state in clear text. */
function clearSecrets(path: string, { request }: Step, journey: string): Problem[] {
  const { url, headers, json, form, body } = request;
  const clear = (at: string): Problem => ({
    path: `${path}.request.${at}`,
    message: `would store a secret in clear text in the state; use \${secret.<name>} with the secret journeySecret-${journey}-<name>`,
  });
  const parameters = URL.canParse(url) ? [...new URL(url).searchParams] : [];
  const fields = [...textsOf("json", json), ...textsOf("form", form)];
  return [
    ...parameters
      .filter(([name, value]) => (isSecretName(name) || isSecretValue(value)) && isClear(value))
      .map(() => clear("url")),
    ...Object.entries(headers)
      .filter(([name, value]) => (isSecretName(name) || isSecretValue(value)) && isClear(value))
      .map(([name]) => clear(`headers.${name}`)),
    ...fields
      .filter(([at, value]) => (isSecretField(lastKey(at)) || isSecretValue(value)) && isClear(value))
      .map(([at]) => clear(at)),
    ...(body !== undefined && hasClearSecret(body) ? [clear("body")] : []),
  ];
}

/** Whether a value is written in the config, and not a secret or a saved value. */
function isClear(value: string): boolean {
  return value !== "" && !placeholdersIn(value).some((name) => name !== runId);
}

const lastKey = (path: string) => /([^.[\]]+)(?:\[\d+\])*$/.exec(path)?.[1] ?? "";

/** Fields of JSON, forms and XML in a body that is a text. */
function hasClearSecret(written: string): boolean {
  const body = written.replaceAll(placeholder, (whole, name: string) => (name === runId ? whole : ""));
  const fields = [
    ...body.matchAll(/([\w-]{1,64})["']?\s{0,8}[=:]\s{0,8}["']?([^"'&,;\s}]+)/g),
    ...body.matchAll(/<([\w-]{1,64})>([^<]+)</g),
  ];
  return isSecretValue(body) || fields.some(([, name = ""]) => isSecretField(name));
}
