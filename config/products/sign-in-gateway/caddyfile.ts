import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { posix } from "node:path";
import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { demoHosts } from "../../white-room/demo.ts";
import { grafana } from "../grafana/product.ts";
import { clientOf, type PartClient, tlsDirectory } from "../internal-tls.ts";
import { jaeger } from "../jaeger/product.ts";
import { gatewayHost, gatewayUrl, pagePaths } from "../links.ts";
import { addressOf, type Product } from "../product.ts";
import { viewer } from "../viewer/product.ts";
import { webGateway } from "../web-gateway/product.ts";
import { isBehindGateway, pages } from "../web-gateway/web-gateway.ts";
import { accountsFile, gatewayDirectories, pagesPort, signInGateway } from "./product.ts";

/** Addresses and paths of the gateway. Overridden only by tests. */
export interface SignInPlaces {
  readonly metrics?: string;
  readonly pagesPort?: number;
  readonly data?: string;
  readonly secrets?: string;
  /** Replacement addresses of servers, by `host:port` inside the stack. */
  readonly servers?: Readonly<Record<string, string>>;
}

/** A path as in the config, so that its checker finds it next to the files that it checks. */
function relative(path: string): string {
  return posix.relative(gatewayDirectories.config, path);
}

/** A page, and what serves it. */
export interface GatewayPage {
  /** "" for all paths that belong to no other page. */
  readonly path: string;
  readonly upstream: Pick<Product, "workload" | "port">;
  /** The server expects requests without the path. */
  readonly stripsPath: boolean;
  /** It has its own sign-in, so the gateway needs none. */
  readonly ownSignIn?: boolean;
  readonly client?: PartClient | undefined;
}

/** Pages behind the gateway. Longer paths first. */
export function gatewayPages(settings: Settings): GatewayPage[] {
  const { demo, network, visualization } = settings;
  const products = pages(settings).map((product) => ({
    path: pagePaths[product.workload],
    // The web gateway's rules also apply to users who have signed in.
    upstream: isBehindGateway(settings, product) ? { workload: webGateway.workload, port: product.port } : product,
    // Jaeger serves its pages below the path of its URL.
    stripsPath: product.workload !== jaeger.workload,
    client: clientOf(settings, product, relative(tlsDirectory(signInGateway))),
  }));
  return [
    ...products,
    ...(demo.enabled
      ? [
          { path: pagePaths.demo, upstream: { workload: demoHosts.simulator, port: demo.port }, stripsPath: true },
          {
            path: pagePaths.notifications,
            upstream: { workload: demoHosts.sinks, port: demo.notificationsPort },
            stripsPath: false,
          },
        ]
      : []),
    ...(visualization.enabled
      ? [{ path: "", upstream: grafana, stripsPath: false, ownSignIn: network.gateway.grafanaSignIn === "own" }]
      : []),
    ...(visualization.viewer.enabled ? [{ path: "", upstream: viewer, stripsPath: false }] : []),
  ];
}

/** Names of the certificate's files. Caddy reads them when the config changes, so their names change with the certificate. */
export function certificateFiles({ network }: Pick<Settings, "network">): {
  readonly certificate: string;
  readonly key: string;
} {
  const fingerprint = createHash("sha256")
    .update(network.gateway.certificate ?? "")
    .digest("hex")
    .slice(0, 16);
  return { certificate: `${fingerprint}.crt`, key: `${fingerprint}.key` };
}

/** The gateway's `Caddyfile`, and the certificate of `tls: files`. Caddy applies changes of these files and of the accounts. */
export function renderCaddyfile(settings: Settings, places: SignInPlaces = {}): RenderedFile[] {
  const { tls, certificate } = settings.network.gateway;
  const files = certificateFiles(settings);
  return [
    { path: "Caddyfile", content: caddyfile(settings, places) },
    ...(tls === "files" && certificate !== undefined ? [{ path: files.certificate, content: certificate }] : []),
  ];
}

function caddyfile(settings: Settings, places: SignInPlaces): string {
  const secrets = places.secrets ?? relative(signInGateway.secretFiles.secrets.directory);
  const host = gatewayHost(settings);
  const port = places.pagesPort ?? pagesPort;
  const pages = gatewayPages(settings);
  return `{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	https_port ${port}
	storage file_system ${places.data ?? gatewayDirectories.data}
${isIP(host.replace(/^\[|\]$/g, "")) ? `	# Clients send no server name for an IP address.\n	default_sni ${host.replace(/^\[|\]$/g, "")}\n` : ""}	metrics
	# By default, a request that never ends would delay all later changes.
	grace_period 30s
	log {
		output stdout
		format json
		exclude http.log.error
	}
	# Requests that were refused or failed.
	log refused {
		output stdout
		format json
		level DEBUG
		include http.log.error
	}
	servers {
		protocols h1 h2
		timeouts {
			read_header 10s
		}
	}
}

(sign_in) {
	basic_auth bcrypt monitoring {
		import ${secrets}/${accountsFile}
	}
}

http://${places.metrics ?? `:${signInGateway.port}`} {
	route {
		metrics /metrics
		respond ${signInGateway.probe.path} 200
		respond 404
	}
}

https://${host}:${port} {
	tls ${tlsOf(settings, secrets)}
${strictTransport(settings)}	route {
		@other_websites {
			header Origin *
			not header Origin ${gatewayUrl(settings)}
		}
		error @other_websites "Request of another website" 403
${pages.map((page) => handlerOf(page, places)).join("")}${pages.some(({ path }) => path === "") ? "" : `		redir / ${pagePaths.prometheus}/\n`}	}
}
`;
}

function tlsOf({ network }: Pick<Settings, "network">, secrets: string): string {
  const { tls } = network.gateway;
  switch (tls) {
    case "internal":
      return "internal";
    case "acme":
      // The gateway publishes no other port, so only the TLS-ALPN challenge can work.
      return `{
		issuer acme {
			disable_http_challenge
		}
	}`;
    case "files": {
      const files = certificateFiles({ network });
      return `${files.certificate} ${secrets}/${files.key}`;
    }
    default:
      return tls satisfies never;
  }
}

/** Not with the internal CA: users could no longer accept its certificate. */
function strictTransport({ network }: Settings): string {
  if (network.gateway.tls === "internal") return "";
  return `	header Strict-Transport-Security max-age=31536000\n`;
}

function handlerOf({ path, upstream, stripsPath, ownSignIn, client }: GatewayPage, { servers }: SignInPlaces): string {
  const address = addressOf(upstream);
  const server = servers?.[address] ?? address;
  const proxy = [
    // The credentials are for the gateway, not for the server behind it.
    ...(ownSignIn ? [] : ["header_up -Authorization"]),
    ...(client === undefined
      ? []
      : [
          "transport http {",
          `	tls_trust_pool file ${client.caFile}`,
          `	tls_client_auth ${client.certFile} ${client.keyFile}`,
          `	tls_server_name ${client.serverName}`,
          "}",
        ]),
  ];
  const target = `${client === undefined ? "" : "https://"}${server}`;
  const lines = [
    ...(ownSignIn ? [] : ["import sign_in"]),
    ...(proxy.length === 0
      ? [`reverse_proxy ${target}`]
      : [`reverse_proxy ${target} {`, ...proxy.map((line) => `	${line}`), "}"]),
  ];
  const block = (head: string) => `		${head} {\n${lines.map((line) => `			${line}\n`).join("")}		}\n`;
  if (path === "") return block("handle");
  if (!stripsPath) return block(`handle ${path}*`);
  return `		redir ${path} ${path}/\n${block(`handle_path ${path}/*`)}`;
}
