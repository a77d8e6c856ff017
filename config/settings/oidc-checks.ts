import { issuerUrls, oidcUrls } from "../products/grafana/oidc.ts";
import { grafanaUrl } from "../products/links.ts";
import { either, type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** Providers at which anyone can create an account. */
function isOpenToEveryone(authUrl: string): boolean {
  const { hostname, pathname } = new URL(authUrl);
  const shared = hostname === "login.microsoftonline.com" && /^\/(?:common|consumers|organizations)\//.test(pathname);
  return shared || ["accounts.google.com", "github.com", "gitlab.com", "bitbucket.org"].includes(hostname);
}

const endpoints = ["authUrl", "tokenUrl", "apiUrl"] as const;

/** `visualization.oidc` has all endpoints, and browsers do not send codes over plain HTTP. */
export function checkOidc(settings: Settings): Problem[] {
  const { enabled, oidc } = settings.visualization;
  if (!enabled || oidc === undefined) return [];
  const path = "visualization.oidc";
  const { issuer } = oidc;
  const set = endpoints.filter((key) => oidc[key] !== undefined);
  const problems: Problem[] = [];
  if (issuer !== undefined && set.length > 0) {
    problems.push({
      path: `${path}.issuer`,
      message: `cannot be set together with ${either(set)}; remove one of them`,
    });
  } else if (issuer !== undefined) {
    if (issuerUrls(issuer.replace(/\/+$/, "")) === undefined)
      problems.push({
        path: `${path}.issuer`,
        message: `${show(issuer)} is not an issuer whose endpoints are known; use authUrl, tokenUrl and apiUrl as in ${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`,
      });
  } else {
    problems.push(
      ...endpoints
        .filter((key) => !set.includes(key))
        .map((key) => ({
          path: `${path}.${key}`,
          message: "is required without issuer; set it to the provider's endpoint, or set issuer",
        })),
    );
  }
  for (const key of ["issuer", ...endpoints] as const) {
    const url = oidc[key];
    if (url?.startsWith("http:"))
      problems.push({ path: `${path}.${key}`, message: `${show(url)} does not use TLS; use an https:// URL` });
  }
  const at = oidcUrls(oidc).authUrl;
  if (at !== undefined && isOpenToEveryone(at) && oidc.allowedDomains.length === 0 && oidc.rolePath === undefined)
    problems.push({
      path: `${path}.allowedDomains`,
      message: `is empty, so everyone with an account at ${new URL(at).hostname} could sign in; use your domains, such as ["example.com"], or set rolePath`,
    });
  const { protocol, hostname } = new URL(grafanaUrl(settings));
  if (protocol === "http:" && hostname !== "localhost")
    problems.push({
      path: "visualization.url",
      message: `${show(grafanaUrl(settings))} does not use TLS, which visualization.oidc requires; use an https:// URL, or network.gateway`,
    });
  return problems;
}
