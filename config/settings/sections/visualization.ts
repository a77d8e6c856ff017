import { z } from "zod";
import { grafana } from "../../products/grafana/product.ts";
import { cidr, host, httpUrl, limits, objectName, port, quantity, replicas } from "../units.ts";

/** Grafana's database where it is not the file on its volume. */
const database = z.strictObject({
  host: host.describe("A PostgreSQL server; the user's password is the secret grafanaDatabasePassword."),
  port: port.default(5432).describe("Port of the server."),
  name: z.string().min(1).default("grafana").describe("An empty database, which the user owns."),
  user: z.string().min(1).default("grafana").describe("Its user."),
  sslMode: z
    .enum(["disable", "require", "verify-ca", "verify-full"])
    .default("require")
    .describe("How the connection is encrypted, in libpq's words."),
});

/** How people reach Grafana on a cluster: at the host of visualization.url, over TLS. */
const ingress = z.strictObject({
  enabled: z.boolean().default(false).describe("Grafana is reachable from outside the cluster; nothing else ever is."),
  kind: z
    .enum(["ingress", "gateway"])
    .default("ingress")
    .describe("An Ingress, or a route of the Gateway API, whose CRDs the cluster must have."),
  className: objectName
    .optional()
    .describe("Class of the Ingress, or of the Gateway; left out: the cluster's default Ingress class."),
  tlsSecretName: objectName
    .optional()
    .describe("Secret in the stack's namespace with the certificate of the host (kubernetes.io/tls)."),
  gateway: z
    .strictObject({
      name: objectName.describe("Its name."),
      namespace: objectName.describe("Its namespace."),
      sectionName: objectName.optional().describe("Its HTTPS listener; left out: any that takes the host."),
    })
    .optional()
    .describe(
      "A Gateway that is there, ends TLS itself and takes routes of the stack's namespace; left out: one of Grafana's own.",
    ),
  annotations: z
    .record(z.string(), z.string())
    .default({})
    .describe("For the Ingress' controller, such as an issuer of certificates."),
  controllerNamespace: objectName
    .default("ingress-nginx")
    .describe("Namespace of the controller's pods: they may reach Grafana."),
  controllerRanges: z
    .array(cidr)
    .default([])
    .describe("Addresses of a load balancer that reaches pods from outside the cluster."),
});

/** Grafana. */
export const visualization = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Grafana with its data sources and dashboards."),
    port: port.default(grafana.port).describe("Port Grafana is published on."),
    url: httpUrl
      .optional()
      .describe("Where people reach Grafana; left out: the published port. Links in notifications begin with it."),
    adminUser: z
      .string()
      .min(1)
      .default("admin")
      .describe("Name of the administrator; the password is the secret grafanaAdminPassword, generated when unset."),
    volumeSize: quantity.default("1Gi").describe("Size of Grafana's volume."),
    replicas: replicas.describe("How many Grafana serve; more than 1 on Kubernetes, with a database that they share."),
    database: database
      .optional()
      .describe("PostgreSQL for users, preferences and annotations; left out: a file on the volume."),
    ingress: ingress.prefault({}).describe("How people reach Grafana on Kubernetes; left out: by port-forwarding."),
    extraDashboards: z.string().optional().describe("A folder of your own dashboards (JSON), beside the project's."),
    viewer: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            "A preview of the dashboards in Grafana's place, on the same port; needs enabled: false and platform docker.",
          ),
      })
      .prefault({}),
    // Each bundled data source is a separate process (gpx_*): 512 MiB without swap leaves little for queries.
    limits: limits("1Gi", 1),
  })
  .prefault({});
