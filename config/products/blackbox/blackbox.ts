import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { probeSecrets } from "../../settings/secrets.ts";
import { tlsConfig } from "../../settings/tls.ts";
import { seconds } from "../../settings/units.ts";
import { allProbes, type Probe, usesTls } from "./probes.ts";
import { blackbox, blackboxDirectory } from "./product.ts";

const secretFile = (key: string) => `${blackbox.secretFiles.secrets.directory}/${key}`;
const certificateFile = (name: string, what: "ca" | "certificate") => `${name}-${what}.pem`;

/** blackbox_exporter's config, with a module per probe, and the certificates that it refers to. */
export function renderBlackbox(settings: Settings): RenderedFile[] {
  const probes = allProbes(settings);
  const modules = Object.fromEntries(probes.map((probe) => [probe.name, moduleOf(probe)]));
  return [
    { path: "blackbox.yml", content: toYaml({ modules }) },
    ...probes.flatMap(({ name, tls }) =>
      (["ca", "certificate"] as const).flatMap((what) => {
        const content = tls[what];
        return content === undefined ? [] : [{ path: certificateFile(name, what), content }];
      }),
    ),
  ];
}

/** Keys of all secrets that the probes read. */
export function blackboxSecrets(settings: Settings): string[] {
  return allProbes(settings).flatMap(probeSecrets);
}

function moduleOf(probe: Probe) {
  // Go durations have no days.
  const timeout = `${seconds(probe.timeout)}s`;
  switch (probe.kind) {
    case "http":
      return { prober: "http", timeout, http: http(probe) };
    case "tcp":
    case "tls":
      return { prober: "tcp", timeout, tcp: tcp(probe) };
    case "dns":
      return { prober: "dns", timeout, dns: dns(probe) };
    case "icmp":
      return { prober: "icmp", timeout, icmp: connection(probe) };
    case "grpc":
      return { prober: "grpc", timeout, grpc: grpc(probe) };
    default:
      return probe.kind satisfies never;
  }
}

/** The exporter prefers IPv6. */
function connection({ ipVersion }: Probe) {
  return {
    preferred_ip_protocol: ipVersion === "ip6" ? "ip6" : "ip4",
    ip_protocol_fallback: ipVersion === "prefer-ip4",
  };
}

function tlsOptions({ name, tls }: Probe) {
  const options = {
    ...tlsConfig(tls, `${blackboxDirectory}/${certificateFile(name, "ca")}`),
    ...(tls.certificate !== undefined && {
      cert_file: `${blackboxDirectory}/${certificateFile(name, "certificate")}`,
      key_file: secretFile(`probeTlsKey-${name}`),
    }),
  };
  return Object.keys(options).length === 0 ? {} : { tls_config: options };
}

function http(probe: Probe) {
  const { name, method, headers, secretHeader, body, followRedirects, proxyUrl, auth, username, expect = {} } = probe;
  const { status, json } = expect;
  return {
    ...connection(probe),
    method,
    headers,
    ...(secretHeader !== undefined && {
      http_headers: { [secretHeader]: { files: [secretFile(`probeHeader-${name}`)] } },
    }),
    body,
    follow_redirects: followRedirects === false ? false : undefined,
    // The proxy resolves the name.
    ...(proxyUrl !== undefined && { proxy_url: proxyUrl, skip_resolve_phase_with_proxy: true }),
    ...(auth === "basic" && { basic_auth: { username, password_file: secretFile(`probePassword-${name}`) } }),
    ...(auth === "bearer" && { authorization: { credentials_file: secretFile(`probeToken-${name}`) } }),
    ...tlsOptions(probe),
    valid_status_codes: status === undefined ? undefined : [status].flat(),
    fail_if_body_not_matches_regexp: expect.body === undefined ? undefined : [expect.body],
    fail_if_body_matches_regexp: expect.bodyNot === undefined ? undefined : [expect.bodyNot],
    fail_if_body_json_not_matches_cel: json,
    ...(expect.headers !== undefined && {
      fail_if_header_not_matches: Object.entries(expect.headers).map(([header, regexp]) => ({ header, regexp })),
    }),
  };
}

function tcp(probe: Probe) {
  const starts = probe.exchange?.some(({ startTls }) => startTls) ?? false;
  return {
    ...connection(probe),
    tls: usesTls(probe) && !starts ? true : undefined,
    ...tlsOptions(probe),
    ...(probe.exchange !== undefined && {
      query_response: probe.exchange.map(({ expect, send, startTls }) => ({
        expect,
        send,
        starttls: startTls ? true : undefined,
      })),
    }),
  };
}

function dns(probe: Probe) {
  const { query, transport, expect = {} } = probe;
  return {
    ...connection(probe),
    transport_protocol: transport,
    query_name: query?.name,
    query_type: query?.type,
    valid_rcodes: expect.rcode === undefined ? undefined : [expect.rcode],
    // Fails if no answer matches, or if there is none.
    ...(expect.answer !== undefined && { validate_answer_rrs: { fail_if_none_matches_regexp: [expect.answer] } }),
  };
}

function grpc(probe: Probe) {
  return {
    ...connection(probe),
    service: probe.grpcService,
    tls: probe.useTls ? true : undefined,
    ...tlsOptions(probe),
  };
}
