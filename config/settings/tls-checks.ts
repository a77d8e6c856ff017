import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { products } from "../products/all.ts";
import { tlsName } from "../products/internal-tls.ts";
import { kubeStateMetrics } from "../products/kube-state-metrics/product.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { type StackConfig, secretFix } from "./stack-file.ts";
import { certificatesIn } from "./tls.ts";

/** Names of all components that can serve TLS, including disabled ones, so that enabling one requires no new certificate. */
const namesInCertificate: readonly string[] = [
  ...new Set([...products, kubeStateMetrics].filter(({ tls }) => tls !== undefined).map(tlsName)),
].sort();

/** Purposes that a certificate with a list of purposes must contain. */
const purposes = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;

/** With `network.tls`: the certificate is complete, valid now, issued by the authorities, and names every component. */
export function checkInternalTls(settings: Settings, config: StackConfig): Problem[] {
  const { enabled, ca = "", certificate = "" } = settings.network.tls;
  if (!enabled) return [];
  const [authorities, chain] = [certificatesIn(ca), certificatesIn(certificate)];
  const [own] = chain;
  const problem = (path: string, message: string) => ({ path: `network.tls.${path}`, message });
  const required = (path: string) =>
    problem(
      path,
      "is required by network.tls.enabled; set it to the text of a PEM file, see docs/MONITORING_SETUP_GUIDE.md",
    );
  return [
    ...(authorities.length === 0 ? [required("ca")] : []),
    ...(own === undefined ? [required("certificate")] : []),
    ...authorities.flatMap((each) => validityProblems("network.tls.ca", each)),
    ...chain.flatMap((each) => validityProblems("network.tls.certificate", each)),
    ...authorities
      .filter((each) => !each.ca)
      .map((each) =>
        problem("ca", `${named(each)} is not a CA certificate; use that of the CA that issued network.tls.certificate`),
      ),
    ...(own !== undefined && authorities.length > 0 && !isIssued(chain, authorities)
      ? [
          problem(
            "certificate",
            `${named(own)} was not issued by network.tls.ca; set ca to the certificate of its CA, and append intermediate certificates to certificate`,
          ),
        ]
      : []),
    ...(own === undefined ? [] : [...nameProblems(own), ...purposeProblems(own)]),
    ...(settings.visualization.viewer.enabled
      ? [problem("enabled", "is not supported by the dashboard viewer; use false, or visualization.enabled: true")]
      : []),
    ...(config.fits?.("internalTlsKey", certificate) === false
      ? [keyProblem(config, "internalTlsKey", "network.tls.certificate")]
      : []),
  ];
}

/** Whether a server certificate is valid now, names the host, and has this key. */
export function certificateProblems(
  path: string,
  certificate: string,
  { host, key }: { readonly host: string; readonly key: string },
  config: StackConfig,
): Problem[] {
  const chain = certificatesIn(certificate);
  const [own] = chain;
  const namesHost =
    own === undefined ||
    (isIP(host) === 0 ? own.checkHost(host, { subject: "never" }) : own.checkIP(host)) !== undefined;
  return [
    ...chain.flatMap((each) => validityProblems(path, each)),
    ...(own === undefined || namesHost
      ? []
      : [
          {
            path,
            message: `${named(own)} does not name the host ${show(host)}; use a certificate with this subject alternative name`,
          },
        ]),
    ...(config.fits?.(key, certificate) === false ? [keyProblem(config, key, path)] : []),
  ];
}

/** Keys of client certificates. */
export function checkClientKeys({ applications, logs, metrics, probes }: Settings, config: StackConfig): Problem[] {
  const clients = [
    ...Object.entries(applications).map(([name, { tls }]) => ({
      key: `applicationTlsKey-${name}`,
      path: `applications.${name}.tls.certificate`,
      certificate: tls.certificate,
    })),
    ...metrics.remoteWrite.map(({ name, tls }, index) => ({
      key: `remoteWriteTlsKey-${name}`,
      path: `metrics.remoteWrite[${index}].tls.certificate`,
      certificate: tls.certificate,
    })),
    ...logs.remote.map(({ name, tls }, index) => ({
      key: `logsRemoteTlsKey-${name}`,
      path: `logs.remote[${index}].tls.certificate`,
      certificate: tls.certificate,
    })),
    ...probes.targets.map(({ name, tls }, index) => ({
      key: `probeTlsKey-${name}`,
      path: `probes.targets[${index}].tls.certificate`,
      certificate: tls.certificate,
    })),
  ];
  return clients
    .filter(({ key, certificate }) => certificate !== undefined && config.fits?.(key, certificate) === false)
    .map(({ key, path }) => keyProblem(config, key, path));
}

function keyProblem(config: StackConfig, key: string, path: string): Problem {
  return { path: key, message: `is not the key of ${path}; ${secretFix(config, key)} with the key that belongs to it` };
}

function validityProblems(path: string, certificate: X509Certificate): Problem[] {
  const { validFromDate, validToDate } = certificate;
  const now = new Date();
  const day = (date: Date) => date.toISOString().slice(0, 10);
  if (validToDate < now)
    return [{ path, message: `${named(certificate)} expired on ${day(validToDate)}; replace it with a valid one` }];
  return validFromDate > now
    ? [
        {
          path,
          message: `${named(certificate)} is not valid before ${day(validFromDate)}; replace it with a valid one`,
        },
      ]
    : [];
}

/** Whether each certificate of a chain is issued by the next one, and one of them by an authority. */
function isIssued(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): boolean {
  const issues = (issuer: X509Certificate, certificate: X509Certificate) =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  for (const [index, certificate] of chain.entries()) {
    if (authorities.some((authority) => issues(authority, certificate))) return true;
    const next = chain[index + 1];
    if (next === undefined || !issues(next, certificate)) return false;
  }
  return false;
}

function nameProblems(certificate: X509Certificate): Problem[] {
  // Only alternative names count: clients written in Go ignore the subject.
  const missing = namesInCertificate.filter((name) => certificate.checkHost(name, { subject: "never" }) === undefined);
  if (missing.length === 0) return [];
  const names = missing.map((name) => `DNS:${name}`).join(",");
  return [
    {
      path: "network.tls.certificate",
      message: `${named(certificate)} lacks the names of some components; reissue it with the additional subject alternative names ${names}`,
    },
  ];
}

function purposeProblems(certificate: X509Certificate): Problem[] {
  const listed = certificate.keyUsage;
  const missing = Object.entries(purposes).flatMap(([name, id]) =>
    listed !== undefined && !listed.includes(id) ? [name] : [],
  );
  if (missing.length === 0) return [];
  return [
    {
      path: "network.tls.certificate",
      message: `${named(certificate)} lacks the extended key usage ${missing.join(" and ")}; reissue it for serverAuth and clientAuth: components use it as server and client`,
    },
  ];
}

function named({ subject }: X509Certificate): string {
  return JSON.stringify(subject.replaceAll("\n", ", "));
}

/** Without verification, a CA would have no effect. */
export function checkExporterTls({ exporters }: Settings): Problem[] {
  const { postgres, redis } = exporters;
  return [
    ...postgres.targets.flatMap(({ ca, sslMode }, index) =>
      ca === undefined || sslMode.startsWith("verify-")
        ? []
        : [
            {
              path: `exporters.postgres.targets[${index}].sslMode`,
              message: `${show(sslMode)} does not verify the server with ca; use "verify-full", or remove ca`,
            },
          ],
    ),
    ...redis.targets.flatMap(({ ca, tls }, index) =>
      ca === undefined || tls
        ? []
        : [
            {
              path: `exporters.redis.targets[${index}].tls`,
              message: "false does not use ca; use true, or remove ca",
            },
          ],
    ),
  ];
}
