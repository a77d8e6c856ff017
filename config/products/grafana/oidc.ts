import type { Settings } from "../../settings/schema.ts";
import { secretFrom } from "./product.ts";

type Oidc = NonNullable<Settings["visualization"]["oidc"]>;

interface OidcUrls {
  readonly authUrl?: string | undefined;
  readonly tokenUrl?: string | undefined;
  readonly apiUrl?: string | undefined;
}

/** Endpoints of a provider. Undefined if neither set nor known for the issuer. */
export function oidcUrls({ issuer, authUrl, tokenUrl, apiUrl }: Oidc): OidcUrls {
  const derived = issuer === undefined ? undefined : issuerUrls(issuer.replace(/\/+$/, ""));
  return derived ?? { authUrl, tokenUrl, apiUrl };
}

/**
 * Endpoints that providers list at `<issuer>/.well-known/openid-configuration`. Grafana does not read that document, and the
 * stack renders without network.
 */
export function issuerUrls(issuer: string): Required<OidcUrls> | undefined {
  const { hostname, pathname } = new URL(issuer);
  const endpoints = (base: string, authorization: string, userInfo: string) => ({
    authUrl: `${base}/${authorization}`,
    tokenUrl: `${base}/token`,
    apiUrl: `${base}/${userInfo}`,
  });
  if (/\/realms\/[^/]+$/.test(pathname)) return endpoints(`${issuer}/protocol/openid-connect`, "auth", "userinfo");
  if (hostname === "login.microsoftonline.com" && /^\/[^/]+\/v2\.0$/.test(pathname)) {
    const base = `${issuer.replace(/\/v2\.0$/, "")}/oauth2/v2.0`;
    return { ...endpoints(base, "authorize", ""), apiUrl: "https://graph.microsoft.com/oidc/userinfo" };
  }
  if (/\.okta(?:preview|-emea)?\.com$/.test(hostname) && /^\/oauth2\/[^/]+$/.test(pathname))
    return endpoints(`${issuer}/v1`, "authorize", "userinfo");
  if (issuer === "https://accounts.google.com")
    return {
      authUrl: "https://accounts.google.com/o/oauth2/v2/auth",
      tokenUrl: "https://oauth2.googleapis.com/token",
      apiUrl: "https://openidconnect.googleapis.com/v1/userinfo",
    };
  return undefined;
}

/** Settings of Grafana's sign-in with a provider. The client secret is read from its file. */
export function oidcEnvironment({ visualization: { oidc } }: Settings): Record<string, string> {
  if (oidc === undefined) return {};
  const { authUrl = "", tokenUrl = "", apiUrl = "" } = oidcUrls(oidc);
  const { name, clientId, scopes, rolePath, allowedDomains, autoLogin } = oidc;
  const section = {
    ENABLED: "true",
    NAME: name,
    CLIENT_ID: clientId,
    CLIENT_SECRET: secretFrom("oidc", "grafanaOidcClientSecret"),
    SCOPES: scopes.join(" "),
    AUTH_URL: authUrl,
    TOKEN_URL: tokenUrl,
    API_URL: apiUrl,
    USE_PKCE: "true",
    USE_REFRESH_TOKEN: String(scopes.includes("offline_access")),
    ALLOW_SIGN_UP: "true",
    AUTO_LOGIN: String(autoLogin),
    ALLOWED_DOMAINS: allowedDomains.join(" "),
    // Otherwise, Grafana would remove roles that an administrator gave.
    ...(rolePath === undefined
      ? { SKIP_ORG_ROLE_SYNC: "true" }
      : { ROLE_ATTRIBUTE_PATH: rolePath, ROLE_ATTRIBUTE_STRICT: "true" }),
  };
  return Object.fromEntries(Object.entries(section).map(([key, value]) => [`GF_AUTH_GENERIC_OAUTH_${key}`, value]));
}
