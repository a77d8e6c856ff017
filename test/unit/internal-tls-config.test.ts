import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, mock, test } from "node:test";
import { secretProblem } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { isKeyOf } from "../../config/settings/tls.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { InternalTls, partNames } from "../validate/internal-tls.ts";
import { problemsOf } from "./problems.ts";

describe("a config of network.tls", () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-internal-tls-"));
  let tls: InternalTls;
  let other: InternalTls;

  before(async () => {
    tls = await InternalTls.create(join(folder, "own"));
    other = await InternalTls.create(join(folder, "other"), ["prometheus", "loki"]);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Problems by path, for a stack with this key. */
  function problems(network: object, { key = tls.key, values = {} }: { key?: string | null; values?: object } = {}) {
    const config: StackConfig = {
      stack: "test",
      values: {
        platform: "docker",
        environment: "test",
        demo: { enabled: true },
        network: { tls: network },
        ...values,
      },
      secrets: new Set(key === null ? [] : ["internalTlsKey"]),
      fits: (_, certificate) => isKeyOf(key ?? undefined, certificate),
    };
    return problemsOf(() => toSettings(config));
  }

  /** A certificate from the same CA, issued with these openssl options. */
  async function certificate(name: string, options: readonly string[]): Promise<string> {
    const file = join(folder, `${name}.crt`);
    const names = partNames.map((part) => `DNS:${part}`).join(",");
    await run("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`],
      ...["-config", join(folder, "own/openssl.cnf"), "-keyout", join(folder, `${name}.key`), "-out", file],
      ...[
        "-CA",
        join(folder, "own/ca.crt"),
        "-CAkey",
        join(folder, "own/ca.key"),
        "-addext",
        `subjectAltName=${names}`,
      ],
      ...options,
    ]);
    return readFileSync(file, "utf8");
  }

  test("that is complete is accepted", () => assert.deepEqual(problems(tls.settings()), []));

  test("that is off requires nothing", () => {
    assert.deepEqual(problems({ enabled: false }, { key: null }), []);
    assert.deepEqual(problems({ enabled: false, ca: other.ca, certificate: tls.certificate }, { key: null }), []);
  });

  test("that is only enabled lists everything that is missing", () => {
    const guide = "set it to the text of a PEM file, see docs/MONITORING_SETUP_GUIDE.md";
    assert.deepEqual(problems({ enabled: true }, { key: null }), [
      `network.tls.ca: is required by network.tls.enabled; ${guide}`,
      `network.tls.certificate: is required by network.tls.enabled; ${guide}`,
      "internalTlsKey: is required by network.tls.enabled; run `pulumi config set --secret internalTlsKey --stack test`",
    ]);
  });

  test("with text that is not a certificate", () => {
    const found = problems({ enabled: true, ca: "ca.pem", certificate: tls.key });
    assert.equal(found.length, 2, found.join("\n"));
    assert.match(found[0] ?? "", /^network\.tls\.ca: "ca\.pem" is not a certificate; use the text of a PEM file/);
    assert.match(found[1] ?? "", /^network\.tls\.certificate: .*is not a certificate/s);
    // Not a regular expression: the key is random and may contain "++".
    const secret = tls.key.split("\n")[1] ?? "";
    assert.ok(secret !== "" && !found.join().includes(secret), found.join("\n"));
  });

  test("with the key of another certificate", () => {
    assert.deepEqual(problems(tls.settings(), { key: other.key }), [
      "internalTlsKey: is not the key of network.tls.certificate; run `pulumi config set --secret internalTlsKey --stack test` with the key that belongs to it",
    ]);
  });

  test("with another authority, and without the names of some components: both are reported", () => {
    assert.deepEqual(problems({ ...other.settings(), ca: tls.ca }, { key: other.key }), [
      'network.tls.certificate: "CN=parts" was not issued by network.tls.ca; set ca to the certificate of its CA, and append intermediate certificates to certificate',
      'network.tls.certificate: "CN=parts" lacks the names of some components; reissue it with the additional subject alternative names DNS:alertmanager,DNS:blackbox,DNS:jaeger,DNS:journeys,DNS:kube-state-metrics,DNS:nginx-exporter,DNS:node-exporter,DNS:postgres-exporter,DNS:redis-exporter,DNS:thanos',
    ]);
  });

  test("with the components' certificate as authority", () => {
    const found = problems({ ...tls.settings(), ca: tls.certificate });
    assert.ok(
      found.includes(
        'network.tls.ca: "CN=parts" is not a CA certificate; use that of the CA that issued network.tls.certificate',
      ),
      found.join("\n"),
    );
  });

  test("with certificates that are expired, or not valid yet", () => {
    const on = (date: string) => {
      mock.timers.enable({ apis: ["Date"], now: new Date(date) });
      try {
        return problems(tls.settings());
      } finally {
        mock.timers.reset();
      }
    };
    const day = (text: string) => new Date(text).toISOString().slice(0, 10);
    const [ca, own] = [new X509Certificate(tls.ca), new X509Certificate(tls.certificate)];
    assert.deepEqual(on("2099-01-01"), [
      `network.tls.ca: "CN=white-room-cluster" expired on ${day(ca.validTo)}; replace it with a valid one`,
      `network.tls.certificate: "CN=parts" expired on ${day(own.validTo)}; replace it with a valid one`,
    ]);
    assert.deepEqual(on("2020-01-01"), [
      `network.tls.ca: "CN=white-room-cluster" is not valid before ${day(ca.validFrom)}; replace it with a valid one`,
      `network.tls.certificate: "CN=parts" is not valid before ${day(own.validFrom)}; replace it with a valid one`,
    ]);
  });

  test("with a certificate for servers only", async () => {
    const servers = await certificate("servers", ["-days", "2", "-addext", "extendedKeyUsage=serverAuth"]);
    const found = problems(
      { ...tls.settings(), certificate: servers },
      { key: readFileSync(join(folder, "servers.key"), "utf8") },
    );
    assert.deepEqual(found, [
      'network.tls.certificate: "CN=servers" lacks the extended key usage clientAuth; reissue it for serverAuth and clientAuth: components use it as server and client',
    ]);
  });

  test("with the dashboard viewer, which has no client certificate", () => {
    const visualization = { enabled: false, viewer: { enabled: true } };
    assert.deepEqual(problems(tls.settings(), { values: { visualization } }), [
      "network.tls.enabled: is not supported by the dashboard viewer; use false, or visualization.enabled: true",
    ]);
  });

  test("client keys that belong to another certificate are rejected, for all kinds of connections", () => {
    const client = { certificate: tls.certificate };
    const values = {
      applications: { shop: { targets: ["shop:1"], scheme: "https", tls: client } },
      metrics: { remoteWrite: [{ name: "store", url: "https://store.example.com/write", tls: client }] },
      probes: { targets: [{ name: "page", kind: "http", url: "https://page.example.com", tls: client }] },
    };
    const found = (key: string) =>
      problems({ enabled: false }, { key, values }).filter((problem) => problem.includes("is not the key of"));
    assert.deepEqual(found(tls.key), []);
    assert.deepEqual(
      found(other.key).map((problem) => problem.split(";")[0]),
      [
        "applicationTlsKey-shop: is not the key of applications.shop.tls.certificate",
        "remoteWriteTlsKey-store: is not the key of metrics.remoteWrite[0].tls.certificate",
        "probeTlsKey-page: is not the key of probes.targets[0].tls.certificate",
      ],
    );
  });

  test("keys that no component can use are rejected", () => {
    assert.equal(secretProblem("internalTlsKey", tls.key), undefined);
    assert.equal(secretProblem("internalTlsKey", tls.certificate), "is not a private key in PEM format");
    const encrypted = createPrivateKey(tls.key)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
      .toString();
    assert.match(secretProblem("internalTlsKey", encrypted) ?? "", /^is encrypted with a passphrase/);
    const { publicKey } = generateKeyPairSync("ed25519");
    const exported = publicKey.export({ type: "spki", format: "pem" }).toString();
    assert.equal(secretProblem("internalTlsKey", exported), "is not a private key in PEM format");
  });
});
