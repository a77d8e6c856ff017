import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { grafanaEnvironment } from "../../config/products/grafana/environment.ts";
import { issuerUrls } from "../../config/products/grafana/oidc.ts";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { secretFiles } from "../components/secret-places.ts";
import { registered, stackConfig } from "../components/stack.ts";
import { problemsOf } from "./problems.ts";

/**
 * Options of `[auth.generic_oauth]` in Grafana's documentation:
 * https://github.com/grafana/grafana/blob/06fccecb796aa1c88b5fff3eee7f7ef4de567115/docs/sources/setup-grafana/configure-access/configure-authentication/generic-oauth/index.md
 */
const documented = [
  ...[
    "enabled",
    "name",
    "icon",
    "client_id",
    "client_secret",
    "auth_url",
    "token_url",
    "api_url",
    "auth_style",
    "scopes",
  ],
  ...["empty_scopes", "allow_sign_up", "auto_login", "login_prompt", "id_token_attribute_name", "login_attribute_path"],
  ...[
    "name_attribute_path",
    "email_attribute_path",
    "email_attribute_name",
    "role_attribute_path",
    "role_attribute_strict",
  ],
  ...["skip_org_role_sync", "org_attribute_path", "org_mapping", "allow_assign_grafana_admin", "groups_attribute_path"],
  ...["allowed_groups", "allowed_organizations", "allowed_domains", "team_ids", "team_ids_attribute_path", "teams_url"],
  ...[
    "tls_skip_verify_insecure",
    "tls_client_cert",
    "tls_client_key",
    "tls_client_ca",
    "use_pkce",
    "use_refresh_token",
  ],
  "signout_redirect_url",
];

const keycloak = { clientId: "grafana", issuer: "https://sso.example.com/realms/white-room/" };
const prefix = "GF_AUTH_GENERIC_OAUTH_";

function config(oidc: object, visualization: object = { url: "https://grafana.example.com" }): StackConfig {
  return {
    stack: "test",
    values: {
      platform: "docker",
      environment: "test",
      demo: { enabled: true },
      visualization: { ...visualization, oidc },
    },
    secrets: new Set(["grafanaOidcClientSecret"]),
  };
}

function problems(oidc: object, visualization?: object, secrets?: string[]): string[] {
  const whole = config(oidc, visualization);
  return problemsOf(() => toSettings({ ...whole, secrets: secrets === undefined ? whole.secrets : new Set(secrets) }));
}

function section(oidc: object): Record<string, string> {
  const environment = grafanaEnvironment(toSettings(config(oidc)));
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length).toLowerCase(), value]] : [],
    ),
  );
}

describe("visualization.oidc", () => {
  test("sets documented options", () => {
    assert.deepEqual(section({ ...keycloak, name: "Keycloak" }), {
      enabled: "true",
      name: "Keycloak",
      client_id: "grafana",
      client_secret: "$__file{/etc/grafana/secrets/oidc/grafanaOidcClientSecret}",
      scopes: "openid profile email",
      auth_url: "https://sso.example.com/realms/white-room/protocol/openid-connect/auth",
      token_url: "https://sso.example.com/realms/white-room/protocol/openid-connect/token",
      api_url: "https://sso.example.com/realms/white-room/protocol/openid-connect/userinfo",
      use_pkce: "true",
      use_refresh_token: "false",
      allow_sign_up: "true",
      auto_login: "false",
      allowed_domains: "",
      skip_org_role_sync: "true",
    });
    const all = section({
      ...keycloak,
      rolePath: "contains(roles[*], 'admin') && 'Admin'",
      scopes: ["openid", "offline_access"],
      allowedDomains: ["example.com", "example.org"],
      autoLogin: true,
    });
    assert.equal(all["role_attribute_path"], "contains(roles[*], 'admin') && 'Admin'");
    assert.equal(all["role_attribute_strict"], "true");
    assert.equal(all["skip_org_role_sync"], undefined);
    assert.equal(all["allowed_domains"], "example.com example.org");
    assert.equal(all["scopes"], "openid offline_access");
    assert.equal(all["use_refresh_token"], "true");
    assert.equal(all["auto_login"], "true");
    assert.deepEqual(
      [...Object.keys(section(keycloak)), ...Object.keys(all)].filter((key) => !documented.includes(key)),
      [],
    );
  });

  test("without it, there are none", () => {
    const environment = grafanaEnvironment(toSettings(stackConfig("dev"), { requireSecrets: false }));
    assert.ok(!JSON.stringify(environment).includes(prefix));
  });

  test("derives the endpoints of an issuer", () => {
    assert.deepEqual(issuerUrls("https://login.microsoftonline.com/0a1b/v2.0"), {
      authUrl: "https://login.microsoftonline.com/0a1b/oauth2/v2.0/authorize",
      tokenUrl: "https://login.microsoftonline.com/0a1b/oauth2/v2.0/token",
      apiUrl: "https://graph.microsoft.com/oidc/userinfo",
    });
    assert.deepEqual(issuerUrls("https://example.okta.com/oauth2/default"), {
      authUrl: "https://example.okta.com/oauth2/default/v1/authorize",
      tokenUrl: "https://example.okta.com/oauth2/default/v1/token",
      apiUrl: "https://example.okta.com/oauth2/default/v1/userinfo",
    });
    assert.deepEqual(issuerUrls("https://accounts.google.com"), {
      authUrl: "https://accounts.google.com/o/oauth2/v2/auth",
      tokenUrl: "https://oauth2.googleapis.com/token",
      apiUrl: "https://openidconnect.googleapis.com/v1/userinfo",
    });
    for (const other of [
      "https://sso.example.com",
      "https://accounts.google.com.evil.example",
      "https://evilokta.com/oauth2/x",
    ])
      assert.equal(issuerUrls(other), undefined, other);
  });

  test("is rejected together with everything that is missing", () => {
    assert.deepEqual(problems({ authUrl: "https://sso.example.com/auth" }), [
      'visualization.oidc.clientId: is required; use a string, such as "grafana"',
    ]);
    assert.deepEqual(problems({ clientId: "grafana", authUrl: "https://sso.example.com/auth" }), [
      "visualization.oidc.tokenUrl: is required without issuer; set it to the provider's endpoint, or set issuer",
      "visualization.oidc.apiUrl: is required without issuer; set it to the provider's endpoint, or set issuer",
    ]);
    assert.deepEqual(problems({ clientId: "grafana", issuer: "https://sso.example.com/" }), [
      'visualization.oidc.issuer: "https://sso.example.com/" is not an issuer whose endpoints are known; use authUrl, tokenUrl and apiUrl as in https://sso.example.com/.well-known/openid-configuration',
    ]);
    assert.deepEqual(problems({ ...keycloak, tokenUrl: "https://sso.example.com/token" }), [
      "visualization.oidc.issuer: cannot be set together with tokenUrl; remove one of them",
    ]);
    assert.deepEqual(problems(keycloak, undefined, []), [
      "grafanaOidcClientSecret: is required by visualization.oidc; run `pulumi config set --secret grafanaOidcClientSecret --stack test`",
    ]);
  });

  test("is rejected without TLS, at the provider or at Grafana", () => {
    assert.deepEqual(problems({ clientId: "grafana", issuer: "http://sso.example.com/realms/x" }), [
      'visualization.oidc.issuer: "http://sso.example.com/realms/x" does not use TLS; use an https:// URL',
    ]);
    assert.deepEqual(problems(keycloak, { url: "http://grafana.example.com" }), [
      'visualization.url: "http://grafana.example.com" does not use TLS, which visualization.oidc requires; use an https:// URL, or network.gateway',
    ]);
    assert.deepEqual(problems(keycloak, {}), []);
  });

  test("is rejected if anyone could create an account and sign in", () => {
    const google = { clientId: "grafana", issuer: "https://accounts.google.com" };
    const github = {
      clientId: "grafana",
      authUrl: "https://github.com/login/oauth/authorize",
      tokenUrl: "https://github.com/login/oauth/access_token",
      apiUrl: "https://api.github.com/user",
      scopes: ["user:email"],
    };
    const entra = { clientId: "grafana", issuer: "https://login.microsoftonline.com/common/v2.0" };
    for (const [provider, hostname] of [
      [google, "accounts.google.com"],
      [github, "github.com"],
      [entra, "login.microsoftonline.com"],
    ] as const) {
      assert.deepEqual(problems(provider), [
        `visualization.oidc.allowedDomains: is empty, so everyone with an account at ${hostname} could sign in; use your domains, such as ["example.com"], or set rolePath`,
      ]);
      assert.deepEqual(problems({ ...provider, allowedDomains: ["example.com"] }), []);
      assert.deepEqual(problems({ ...provider, rolePath: "contains(['octocat'], login) && 'Editor'" }), []);
    }
  });

  test("values that Grafana would read differently are rejected", () => {
    assert.deepEqual(
      problems({
        ...keycloak,
        rolePath: "$__file{/etc/passwd}",
        scopes: ["openid profile"],
        allowedDomains: ["@example.com"],
        team: "x",
      }),
      [
        'visualization.oidc.scopes[0]: "openid profile" is not a valid scope; use a scope such as "openid"',
        'visualization.oidc.rolePath: "$__file{/etc/passwd}" contains "${" or "$__…{", which Grafana replaces with variables or files; remove it',
        'visualization.oidc.allowedDomains[0]: "@example.com" is not a valid domain; use a domain such as "example.com"',
        "visualization.oidc.team: is not a known key; known keys are name, clientId, issuer, authUrl, tokenUrl, apiUrl, scopes, rolePath, allowedDomains, autoLogin",
      ],
    );
  });
});

/** A stack's config with all secrets that it requires. */
function withSecrets(stack: string, values: Record<string, unknown>): StackConfig {
  const whole = stackConfig(stack, values);
  const needed = missingSecretNeeds(toSettings(whole, { requireSecrets: false }), whole.secrets);
  return stackConfig(
    stack,
    values,
    needed.map(({ key }) => key),
  );
}

for (const stack of ["dev", "prod"]) {
  test(`${stack}: the client secret is only in a secret file of Grafana`, async () => {
    const base = stackConfig(stack);
    const visualization = {
      ...(base.values["visualization"] as object),
      url: "https://grafana.example.com",
      oidc: keycloak,
    };
    const resources = await registered(withSecrets(stack, { visualization }));
    const files = secretFiles(resources, "grafana", ["grafanaOidcClientSecret"]);
    assert.equal(files.length, 1);
    assert.match(files[0] ?? "", /grafanaOidcClientSecret canary-7f3a-grafanaOidcClientSecret$/);
  });
}

test("prod: Grafana may connect to the provider's ports, and only there with network.egress.signIn", async () => {
  const base = stackConfig("prod");
  const visualization = {
    ...(base.values["visualization"] as object),
    oidc: { clientId: "grafana", issuer: "https://sso.example.com:8443/realms/white-room" },
  };
  const network = { ...(base.values["network"] as object), egress: { signIn: ["192.0.2.0/24"] } };
  const resources = await registered(withSecrets("prod", { visualization, network }));
  const policy = resources.find(({ type, name }) => type.endsWith(":NetworkPolicy") && name === "grafana");
  assert.ok(policy);
  const { egress } = policy.inputs["spec"] as { egress: { to?: object[]; ports?: { port: number }[] }[] };
  assert.deepEqual(
    egress.filter(({ ports }) => ports?.some(({ port }) => port === 8443)).map(({ to }) => to),
    [[{ ipBlock: { cidr: "192.0.2.0/24" } }]],
  );
});
