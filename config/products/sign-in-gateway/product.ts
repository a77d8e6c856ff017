import type { Product } from "../product.ts";

/** The only published pages with `network.gateway`: TLS and sign-in in front of all others, by Caddy. */
export const signInGateway = {
  workload: "sign-in-gateway",
  image: "caddy",
  /** Metrics and health check, without TLS. */
  port: 9180,
  probe: { path: "/healthz", by: "wget" },
  user: "1000:1000",
  secretFiles: {
    secrets: {
      // Its path relative to the config directory is the same in a rendered stack, so that the config can be validated there.
      directory: "/etc/secrets/sign-in-gateway/secrets",
      keys: ["gatewayPassword", "gatewayTlsKey"],
      read: "at each use",
    },
  },
  job: "sign-in-gateway",
  // Reads the certificates of `network.tls` as a client of the other components.
  readsTls: "at start",
} as const satisfies Product;

/** Port of its pages inside the stack. */
export const pagesPort = 8443;

/** Paths in its container. The image lets every user write to `data`. */
export const gatewayDirectories = { config: "/etc/caddy", data: "/data/caddy" } as const;

/** Runs Caddy in the directory of its config, to which paths in the config are relative. Its checker runs there too. */
export function caddyCommand(words: string, directory: string): string[] {
  return ["/bin/sh", "-c", `cd ${directory} && exec /usr/bin/caddy ${words} --config Caddyfile --adapter caddyfile`];
}

/** File with the users' password hashes, next to their keys. */
export const accountsFile = "accounts";
