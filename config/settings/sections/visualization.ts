import { z } from "zod";
import { grafana } from "../../products/grafana/product.ts";
import { isDnsName } from "../hosts.ts";
import {
  baseUrl,
  directory,
  grafanaText,
  grafanaTextSuchAs,
  host,
  hostAndPort,
  httpUrl,
  limits,
  port,
  quantity,
  replicas,
  text,
} from "../units.ts";
import { dataSource, plugin } from "./grafana.ts";
import { routeKeys } from "./route.ts";

const dashboardUid = text(
  /^[A-Za-z0-9_-]{1,40}$/,
  'is not a valid uid; use at most 40 letters, digits, "-" and "_", such as "white-room-home"',
);

/** PostgreSQL database of Grafana. */
const database = z.strictObject({
  host: host.describe("Host of the PostgreSQL server. The user's password is the secret grafanaDatabasePassword."),
  port: port.default(5432).describe("Port of the server."),
  name: grafanaText.default("grafana").describe("Name of an empty database owned by the user."),
  user: grafanaText.default("grafana").describe("Owner of the database."),
  sslMode: z
    .enum(["disable", "require", "verify-ca", "verify-full"])
    .default("require")
    .describe("libpq sslmode of the connection."),
});

/** Exposes Grafana on Kubernetes at the host of visualization.url, over TLS. */
const ingress = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe("Exposes Grafana outside the cluster. For the pages of other components, see kubernetes.pages."),
  ...routeKeys({ pages: "Grafana", ownGateway: "If unset, the stack creates one." }),
});

/** Sign-in with the accounts of an OpenID Connect or OAuth 2 provider. */
const oidc = z.strictObject({
  name: grafanaText.default("Single sign-on").describe("Name on the sign-in button."),
  clientId: grafanaTextSuchAs("grafana").describe(
    "Client id of Grafana at the provider. Its secret is grafanaOidcClientSecret; the redirect URL ends with /login/generic_oauth.",
  ),
  issuer: baseUrl
    .optional()
    .describe(
      "Issuer of a Keycloak realm, Entra tenant, Okta authorization server, or Google, from which the three URLs are derived.",
    ),
  authUrl: httpUrl.optional().describe("Authorization endpoint of another provider."),
  tokenUrl: httpUrl.optional().describe("Token endpoint of another provider."),
  apiUrl: httpUrl.optional().describe("User info endpoint of another provider."),
  scopes: z
    .array(text(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is not a valid scope; use a scope such as "openid"'))
    .min(1)
    .default(["openid", "profile", "email"])
    .describe("Scopes to request."),
  rolePath: grafanaText
    .optional()
    .describe(
      "JMESPath expression that returns Viewer, Editor or Admin from the user's claims. Others may not sign in. If unset, everyone is a Viewer.",
    ),
  allowedDomains: z
    .array(text(isDnsName, 'is not a valid domain; use a domain such as "example.com"'))
    .default([])
    .describe("Domains of e-mail addresses that may sign in. If empty, every account of the provider may."),
  autoLogin: z.boolean().default(false).describe("Skips Grafana's sign-in page."),
});

/** Grafana. */
export const visualization = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Enables Grafana with its data sources and dashboards."),
    port: port.default(grafana.port).describe("Published port of Grafana."),
    url: baseUrl
      .optional()
      .describe(
        "URL at which users reach Grafana, also used for links in notifications. Defaults to the published port.",
      ),
    adminUser: grafanaText
      .default("admin")
      .describe("Name of the administrator. The password is the secret grafanaAdminPassword, generated if unset."),
    oidc: oidc
      .optional()
      .describe(
        "Single sign-on with an OpenID Connect or OAuth 2 provider, such as Keycloak, Entra, Google or GitHub.",
      ),
    volumeSize: quantity.default("1Gi").describe("Size of the Grafana volume."),
    replicas: replicas.describe("Number of Grafana replicas. More than 1 requires Kubernetes and a shared database."),
    database: database
      .optional()
      .describe("PostgreSQL database for users, preferences and annotations. If unset, SQLite on the volume."),
    ingress: ingress.prefault({}).describe("Ingress for Grafana on Kubernetes. If disabled, use port forwarding."),
    dataSourceHosts: z
      .array(hostAndPort)
      .default([])
      .describe(
        "Servers of data sources that you add in Grafana, as host:port. Its data source proxy connects only to these, to dataSources and to the stack's own.",
      ),
    dataSources: z
      .array(dataSource)
      .max(50)
      .default([])
      .describe("Data sources of servers outside the stack, in addition to its own."),
    plugins: z
      .array(plugin)
      .max(50)
      .default([])
      .describe("Plugins that Grafana installs when it starts. It also starts if a download fails."),
    email: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            "Sends invitations and password resets through the mail server of alerting.email, with its sender, user and the secret smtpPassword.",
          ),
      })
      .prefault({}),
    theme: z.enum(["dark", "light", "system"]).default("dark").describe("Theme of users who have not chosen one."),
    homeDashboard: dashboardUid
      .optional()
      .describe(
        "uid of the dashboard on the start page, built-in or your own. Defaults to the stack's home dashboard.",
      ),
    extraDashboards: directory
      .optional()
      .describe("Directory of additional dashboards (JSON). Each subdirectory becomes a folder in Grafana."),
    viewer: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            "Enables a dashboard viewer in place of Grafana, on the same port. Requires enabled: false and platform: docker.",
          ),
      })
      .prefault({}),
    // Each bundled data source runs as a separate process (gpx_*), so 512 MiB without swap leaves little for queries.
    limits: limits("1Gi", 1),
  })
  .prefault({});
