import { hasPort, usesTls } from "../products/blackbox/probes.ts";
import { connectionProblems } from "./connection-checks.ts";
import { headerProblems, urlSecretProblems } from "./headers.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { seconds } from "./units.ts";

type Target = Settings["probes"]["targets"][number];
type Kind = Target["kind"];

/** Probes that blackbox_exporter would reject, or that could never succeed. */
export function checkProbes({ probes }: Settings): Problem[] {
  return probes.targets.flatMap((target, index) => {
    const path = `probes.targets[${index}]`;
    return [
      ...addressProblems(path, target),
      ...optionProblems(path, target),
      ...loginProblems(path, target),
      ...timeProblems(path, target, probes.interval),
      ...clearSecrets(path, target),
    ];
  });
}

const examples: Readonly<Record<Exclude<Kind, "http">, string>> = {
  tcp: "db.internal:5432",
  tls: "www.example.com:443",
  dns: "9.9.9.9",
  icmp: "router.internal",
  grpc: "api.internal:50051",
};

function addressProblems(path: string, { kind, url, host }: Target): Problem[] {
  if (kind === "http") {
    return [
      ...(url === undefined
        ? [{ path: `${path}.url`, message: 'is required by kind: http; use a URL, such as "https://www.example.com"' }]
        : []),
      ...(host === undefined ? [] : [unused(path, "host", show(host), "url")]),
    ];
  }
  const problems = url === undefined ? [] : [unused(path, "url", show(url), "host")];
  const example = show(examples[kind]);
  if (host === undefined)
    return [
      ...problems,
      { path: `${path}.host`, message: `is required by kind: ${kind}; use an address, such as ${example}` },
    ];
  if ((kind === "tcp" || kind === "grpc") && !hasPort(host))
    problems.push({
      path: `${path}.host`,
      message: `${show(host)} has no port; use host and port, such as ${example}`,
    });
  if (kind === "icmp" && hasPort(host))
    problems.push({
      path: `${path}.host`,
      message: `${show(host)} has a port, which kind: icmp does not use; use a host, such as ${example}`,
    });
  return problems;
}

const unused = (path: string, key: string, value: string, instead: string): Problem => ({
  path: `${path}.${key}`,
  message: `${value} is not supported by this kind; use ${instead}`,
});

/** Kinds that use an option. */
const usedBy: Readonly<Record<string, readonly Kind[]>> = {
  method: ["http"],
  headers: ["http"],
  secretHeader: ["http"],
  body: ["http"],
  followRedirects: ["http"],
  proxyUrl: ["http"],
  useTls: ["tcp", "grpc"],
  exchange: ["tcp", "tls"],
  query: ["dns"],
  transport: ["dns"],
  grpcService: ["grpc"],
  "expect.status": ["http"],
  "expect.body": ["http"],
  "expect.bodyNot": ["http"],
  "expect.json": ["http"],
  "expect.headers": ["http"],
  "expect.rcode": ["dns"],
  "expect.answer": ["dns"],
};

function optionProblems(path: string, target: Target): Problem[] {
  const { kind, query } = target;
  const set = {
    ...target,
    ...Object.fromEntries(Object.entries(target.expect ?? {}).map(([key, value]) => [`expect.${key}`, value])),
  };
  const problems = Object.entries(set).flatMap(([key, value]): Problem[] => {
    const kinds = usedBy[key];
    if (kinds === undefined || value === undefined || kinds.includes(kind)) return [];
    return [
      {
        path: `${path}.${key}`,
        message: `is used only with kind: ${kinds.join(" or ")}; remove it, or change kind ${show(kind)}`,
      },
    ];
  });
  const { json, body, bodyNot } = target.expect ?? {};
  // https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/prober/http.go reads the body once, so that both always fail.
  if (json !== undefined && (body !== undefined || bodyNot !== undefined))
    problems.push({
      path: `${path}.expect.json`,
      message:
        "cannot be combined with body or bodyNot, because blackbox_exporter reads the body only once; use two probes",
    });
  if (kind === "dns" && query === undefined)
    problems.push({
      path: `${path}.query`,
      message: 'is required by kind: dns; use a name, such as {name: "www.example.com"}',
    });
  return problems;
}

function loginProblems(path: string, target: Target): Problem[] {
  const { kind, auth } = target;
  return [
    ...(auth !== "none" && kind !== "http"
      ? [{ path: `${path}.auth`, message: `${show(auth)} is used only with kind: http; remove it` }]
      : []),
    ...connectionProblems(
      path,
      target,
      usesTls(target) ? undefined : "without TLS; use an https URL, kind: tls or useTls: true",
    ),
  ];
}

function timeProblems(path: string, { every, timeout, slowAfter }: Target, interval: string): Problem[] {
  const period = every ?? interval;
  const of = every === undefined ? "probes.interval" : `${path}.every`;
  return [
    ...(timeout !== undefined && seconds(timeout) > seconds(period)
      ? [
          {
            path: `${path}.timeout`,
            message: `${show(timeout)} is longer than ${of} ${show(period)}; use at most ${show(period)}`,
          },
        ]
      : []),
    ...(timeout !== undefined && slowAfter !== undefined && seconds(slowAfter) >= seconds(timeout)
      ? [
          {
            path: `${path}.slowAfter`,
            message: `${show(slowAfter)} is not shorter than timeout ${show(timeout)}, at which the probe fails; use a shorter duration`,
          },
        ]
      : []),
  ];
}

/** Headers and URLs are stored in the state in clear text. */
function clearSecrets(path: string, { url, headers = {} }: Target): Problem[] {
  return [
    ...headerProblems(path, headers, insteadOf),
    ...(url === undefined ? [] : urlSecretProblems(path, url, "auth or secretHeader")),
  ];
}

function insteadOf(header: string): string {
  return header.toLowerCase() === "authorization"
    ? "auth: basic or auth: bearer with its secret"
    : `secretHeader: ${header} with the secret probeHeader-<name>`;
}
