import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { tlsDirectory } from "../../config/products/internal-tls.ts";
import { renderAccounts } from "../../config/products/sign-in-gateway/accounts.ts";
import { certificateFiles, renderCaddyfile } from "../../config/products/sign-in-gateway/caddyfile.ts";
import { gatewayDirectories, signInGateway } from "../../config/products/sign-in-gateway/product.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { binary, needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { InternalTls } from "./internal-tls.ts";

const root = mkdtempSync(join(tmpdir(), "white-room-caddy-"));
after(() => rmSync(root, { recursive: true }));

const tls = await InternalTls.create(join(root, "tls"));
await run("openssl", [
  ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=own"],
  ...["-addext", "subjectAltName=DNS:monitoring.example.com", "-days", "30"],
  ...["-keyout", join(root, "own.key"), "-out", join(root, "own.crt")],
]);
const own = {
  certificate: readFileSync(join(root, "own.crt"), "utf8"),
  key: readFileSync(join(root, "own.key"), "utf8"),
};

const host = "monitoring.example.com";
const published = { bindAddresses: { gateway: "0.0.0.0" } };
const variants: Record<string, { stack: string; network: object; gateway: object; values?: object }> = {
  "internal CA": { stack: "dev", network: {}, gateway: {} },
  "IP address": { stack: "dev", network: {}, gateway: { host: "10.0.0.5" } },
  "IPv6 address": { stack: "dev", network: {}, gateway: { host: "2001:db8::7" } },
  acme: { stack: "dev", network: published, gateway: { host, tls: "acme" } },
  files: { stack: "dev", network: {}, gateway: { host, tls: "files", certificate: own.certificate } },
  "TLS inside the stack": { stack: "dev", network: { tls: tls.settings() }, gateway: {} },
  "Grafana's own sign-in": { stack: "dev", network: {}, gateway: { grafanaSignIn: "own" } },
  "without traces": { stack: "dev", network: {}, gateway: {}, values: { tracing: { enabled: false } } },
  viewer: { stack: "sandbox", network: {}, gateway: {} },
  "Prometheus alone": {
    stack: "dev",
    network: {},
    gateway: {},
    values: {
      demo: { enabled: false },
      logs: { enabled: false },
      alerting: { enabled: false },
      visualization: { enabled: false },
      probes: { enabled: false },
      tracing: { enabled: false },
    },
  },
};

/* The real Caddy reads every variant of its config, from the same paths as in its container. */
describe("Caddyfile", needs("caddy"), () => {
  for (const [name, { stack, network, gateway, values }] of Object.entries(variants)) {
    test(`${name}: is valid`, async () => {
      const config = stackConfig(stack, {
        network: { gateway: { enabled: true, users: ["alice"], ...gateway }, ...network },
        ...values,
      });
      const settings = toSettings(config, { requireSecrets: false });
      const folder = join(root, name.replace(/\W/g, "-"));
      const write = (path: string, content: string) => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      };
      const { directory } = signInGateway.secretFiles.secrets;
      write(join(directory, "accounts"), renderAccounts(new Map([["alice", "password"]]), "salt"));
      write(join(directory, certificateFiles(settings).key), own.key);
      for (const [path, content] of Object.entries({
        "ca.pem": tls.ca,
        "tls.crt": tls.certificate,
        "tls.key": tls.key,
      }))
        write(join(tlsDirectory(signInGateway), path), content);
      for (const { path, content } of renderCaddyfile(settings, { data: join(folder, "data") }))
        write(join(gatewayDirectories.config, path), content);
      const { stdout, stderr } = await promisify(execFile)(
        binary("caddy"),
        ["validate", "--config", "Caddyfile", "--adapter", "caddyfile"],
        { cwd: join(folder, gatewayDirectories.config) },
      );
      assert.match(stdout + stderr, /Valid configuration/);
      assert.doesNotMatch(stdout + stderr, /deprecated|not formatted/);
    });
  }
});
