import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { secretProblem } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { isKeyOf } from "../../config/settings/tls.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { problemsOf } from "./problems.ts";

describe("a config of network.gateway", () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-gateway-"));
  after(() => rmSync(folder, { recursive: true }));
  const pem = { certificate: "", key: "", otherKey: "" };

  before(async () => {
    for (const name of ["own", "other"]) {
      await run("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`],
        ...["-addext", "subjectAltName=DNS:monitoring.example.com,IP:10.0.0.5", "-days", "30"],
        ...["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.crt`)],
      ]);
    }
    pem.certificate = readFileSync(join(folder, "own.crt"), "utf8");
    pem.key = readFileSync(join(folder, "own.key"), "utf8");
    pem.otherKey = readFileSync(join(folder, "other.key"), "utf8");
  });

  function problems(
    gateway: object,
    {
      secrets = ["gatewayPassword-alice", "gatewayTlsKey"],
      key = pem.key,
      values = {},
      network = {},
    }: { secrets?: string[]; key?: string; values?: object; network?: object } = {},
  ): string[] {
    const config: StackConfig = {
      stack: "test",
      values: {
        platform: "docker",
        environment: "test",
        demo: { enabled: true },
        network: { gateway: { enabled: true, users: ["alice"], ...gateway }, ...network },
        ...values,
      },
      secrets: new Set(secrets),
      fits: (_, certificate) => isKeyOf(key, certificate),
    };
    return problemsOf(() => toSettings(config));
  }

  const public_ = { bindAddress: "127.0.0.1", bindAddresses: { gateway: "0.0.0.0" } };
  const host = "monitoring.example.com";

  test("that is complete is accepted", () => {
    assert.deepEqual(problems({}), []);
    assert.deepEqual(problems({ host: "10.0.0.5" }), []);
    assert.deepEqual(problems({ host, tls: "acme" }, { network: public_ }), []);
    assert.deepEqual(problems({ host, tls: "files", certificate: pem.certificate }), []);
    assert.deepEqual(problems({ host: "10.0.0.5", tls: "files", certificate: pem.certificate }), []);
  });

  test("that is off requires nothing", () => {
    assert.deepEqual(problems({ enabled: false, users: ["bob"], tls: "files" }, { secrets: [] }), []);
  });

  test("a user without a secret is reported with the command", () => {
    assert.deepEqual(problems({ users: ["alice", "bob"] }), [
      "gatewayPassword-bob: is required by network.gateway.users; run `pulumi config set --secret gatewayPassword-bob --stack test`",
    ]);
  });

  test("without users, or with one twice", () => {
    assert.deepEqual(problems({ users: [] }), [
      "network.gateway.users: is empty; add a user, such as [alice], and run `pulumi config set --secret gatewayPassword-alice --stack test`",
    ]);
    assert.deepEqual(problems({ users: ["alice", "alice"] }), [
      'network.gateway.users: contains "alice" twice; remove one',
    ]);
    assert.deepEqual(problems({ users: ["Alice"] }, { secrets: ["gatewayPassword-alice"] }), [
      'network.gateway.users[0]: "Alice" is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
    ]);
  });

  test("acme needs a public host name, port 443 and an address that is reachable", () => {
    for (const name of ["localhost", "10.0.0.5", "2001:db8::7", "monitoring", "monitoring.internal", "host.home.arpa"])
      assert.deepEqual(problems({ host: name, tls: "acme" }, { network: public_ }), [
        `network.gateway.host: "${name}" is not a public host name, for which ACME could issue a certificate; use a name such as "monitoring.example.com", or tls: internal`,
      ]);
    assert.deepEqual(problems({ host, tls: "acme", port: 8443 }), [
      "network.gateway.port: 8443 is not the port that ACME validates; use 443, or tls: internal or files",
      'network.bindAddresses.gateway: "127.0.0.1" cannot be reached by the ACME server; use an address of this host, such as "0.0.0.0", or network.gateway.tls: internal',
    ]);
  });

  test("files needs a certificate for the host, valid now, and its key", async () => {
    assert.deepEqual(problems({ host, tls: "files" }), [
      "network.gateway.certificate: is required by tls: files; set it to the text of a PEM file, or use tls: internal",
    ]);
    assert.deepEqual(
      problems({ host, tls: "files", certificate: pem.certificate }, { secrets: ["gatewayPassword-alice"] }),
      [
        "gatewayTlsKey: is required by network.gateway.tls; run `pulumi config set --secret gatewayTlsKey --stack test`",
      ],
    );
    assert.deepEqual(problems({ host, tls: "files", certificate: pem.certificate }, { key: pem.otherKey }), [
      "gatewayTlsKey: is not the key of network.gateway.certificate; run `pulumi config set --secret gatewayTlsKey --stack test` with the key that belongs to it",
    ]);
    assert.deepEqual(problems({ host: "grafana.example.com", tls: "files", certificate: pem.certificate }), [
      'network.gateway.certificate: "CN=own" does not name the host "grafana.example.com"; use a certificate with this subject alternative name',
    ]);
    assert.deepEqual(problems({ host, tls: "files", certificate: "/etc/ssl/own.crt" }), [
      'network.gateway.certificate: "/etc/ssl/own.crt" is not a certificate; use the text of a PEM file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----" (in YAML a block that starts with "|")',
    ]);
    assert.deepEqual(problems({ certificate: pem.certificate }), [
      "network.gateway.certificate: has no effect with tls: internal; use tls: files, or remove it",
    ]);
  });

  test("a port that another key has", () => {
    assert.deepEqual(problems({ port: 3000 }), [
      "network.gateway.port: 3000 is already used by visualization.port; use another port",
    ]);
    const logs = { sources: { syslog: { enabled: true, port: 8443 } } };
    assert.deepEqual(problems({ port: 8443 }, { values: { logs } }), [
      "network.gateway.port: 8443 is already used by logs.sources.syslog.port; use another port",
    ]);
  });

  test("keys that contradict it", () => {
    const values = {
      visualization: { url: "https://grafana.example.com" },
      alerting: { externalUrl: "https://alerts.example.com" },
      tracing: { enabled: true, url: "https://traces.example.com" },
    };
    assert.deepEqual(problems({}, { values, network: { bindAddresses: { loki: "127.0.0.1" } } }), [
      'visualization.url: "https://grafana.example.com" cannot be set together with network.gateway, whose host is in all URLs; remove it',
      'alerting.externalUrl: "https://alerts.example.com" cannot be set together with network.gateway, whose host is in all URLs; remove it',
      'tracing.url: "https://traces.example.com" cannot be set together with network.gateway, whose host is in all URLs; remove it',
      "network.bindAddresses.loki: has no effect with network.gateway, which publishes this component; remove it",
    ]);
    const cluster = { platform: "kubernetes", demo: { enabled: false } };
    assert.deepEqual(
      problems({}, { values: cluster }).filter((each) => each.startsWith("network.gateway")),
      [
        "network.gateway.enabled: true is supported only with platform: docker; use false, and visualization.ingress and kubernetes.pages to publish pages",
      ],
    );
  });

  test("the gateway may be published beyond loopback, because it has a sign-in", () => {
    assert.deepEqual(problems({ host }, { network: { bindAddress: "10.0.0.5" } }), [
      'network.bindAddress: "10.0.0.5" publishes syslog without a sign-in, bypassing the host\'s firewall; use "127.0.0.1" here and network.bindAddresses for individual components, such as gateway: "10.0.0.5", or set network.allowUnauthenticated: [syslog] if only trusted machines can reach this address',
    ]);
    assert.deepEqual(problems({ host }, { network: public_ }), []);
  });

  test("passwords that bcrypt would cut off, or that are short", () => {
    const wrong = (password: string) => secretProblem("gatewayPassword-alice", password);
    assert.equal(wrong("x".repeat(11)), "has 11 bytes, but must have 12 to 72");
    assert.equal(wrong("x".repeat(73)), "has 73 bytes, but must have 12 to 72");
    assert.equal(wrong("ü".repeat(37)), "has 74 bytes, but must have 12 to 72");
    assert.equal(wrong("x".repeat(12)), undefined);
    assert.equal(wrong("x".repeat(72)), undefined);
  });

  test("unsupported sources of certificates and sign-ins", () => {
    assert.deepEqual(problems({ tls: "letsencrypt", grafanaSignIn: "none", host: "https://a.example", port: 0 }), [
      'network.gateway.host: "https://a.example" is not a valid host; use a name or IP address without scheme, port and brackets, such as "monitoring.example.com"',
      "network.gateway.port: 0 is too small; use at least 1",
      'network.gateway.tls: "letsencrypt" is not supported; use "internal", "acme" or "files"',
      'network.gateway.grafanaSignIn: "none" is not supported; use "gateway" or "own"',
    ]);
  });
});
