import * as pulumi from "@pulumi/pulumi";
import { reach } from "../config/products/product.ts";
import { renderAccounts } from "../config/products/sign-in-gateway/accounts.ts";
import { certificateFiles, gatewayPages, renderCaddyfile } from "../config/products/sign-in-gateway/caddyfile.ts";
import {
  accountsFile,
  caddyCommand,
  gatewayDirectories,
  pagesPort,
  signInGateway,
} from "../config/products/sign-in-gateway/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, type StackContext, secretSet, tlsSet } from "./context.ts";
import type { FileSet, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** The gateway of `network.gateway`: TLS and sign-in in front of all pages. */
export class SignInGateway extends pulumi.ComponentResource {
  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:network:SignInGateway", name, {}, opts);
    platform.deploy(signInGatewayWorkload(settings, secrets), { parent: this });
    this.registerOutputs({});
  }
}

function signInGatewayWorkload(settings: Settings, secrets: Secrets): Workload {
  const { gateway } = settings.network;
  const before = [secretFiles(settings, secrets), ...tlsSet(settings, secrets, signInGateway)];
  return {
    ...described(settings, signInGateway),
    service: "monitoring",
    command: caddyCommand("run --watch", gatewayDirectories.config),
    files: [
      ...before,
      {
        name: "config",
        directory: gatewayDirectories.config,
        files: renderCaddyfile(settings),
        secret: false,
        reload: { kind: "watches" },
        checkReads: before.map(({ name }) => name),
        check: caddyCommand("validate", "{directory}"),
        removesStale: true,
      },
    ],
    // Holds the authority of `tls: internal`, which users trust, or the certificates of `tls: acme`, of which only a few are
    // issued per week.
    volumes: [{ name: "data", directory: gatewayDirectories.data, size: "64Mi", keep: true }],
    ports: [
      { name: "metrics", port: signInGateway.port, scraped: true },
      { name: "https", port: pagesPort, publishedPort: gateway.port, tls: true },
    ],
    limits: gateway.limits,
    placement: "service",
    // The image gives this capability to the program's file, which does not start without it.
    capabilities: ["NET_BIND_SERVICE"],
    stopGraceSeconds: 10,
    reaches: gatewayPages(settings).map(({ upstream }) => reach(upstream)),
  };
}

/** Password hashes of the users, and the key of the certificate. */
function secretFiles(settings: Settings, secrets: Secrets): FileSet {
  const { tls, users } = settings.network.gateway;
  const passwords = users.map((user) => secrets.get(`gatewayPassword-${user}`));
  const accounts = pulumi
    .all([pulumi.all(passwords), secrets.get("gatewaySalt")])
    .apply(([known, salt]) => renderAccounts(new Map(users.map((user, index) => [user, known[index] ?? ""])), salt));
  return {
    ...secretSet(secrets, signInGateway, "secrets", []),
    files: [
      { path: accountsFile, content: accounts },
      ...(tls === "files" ? [{ path: certificateFiles(settings).key, content: secrets.get("gatewayTlsKey") }] : []),
    ],
    // Replaces each file in one step: Caddy stops watching when it finds half a file.
    removesStale: true,
  };
}
