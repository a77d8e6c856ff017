import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const nginx = "nginx.ingress.kubernetes.io";
const authUrl = { [`${nginx}/auth-url`]: "https://sign-in.example.com/oauth2/auth" };
const valid = { publish: ["prometheus"], tlsSecretName: "pages-tls", auth: { annotations: authUrl } };
const filter = { group: "traefik.io", kind: "Middleware", name: "sign-in" };
const routes = {
  publish: ["prometheus"],
  kind: "gateway",
  gateway: { name: "shared", namespace: "gateways" },
  auth: { filters: [filter] },
};
const noAnnotations =
  'kubernetes.pages.auth.annotations: is required, because these pages have no sign-in of their own; add the annotations with which your Ingress controller requires one, such as nginx.ingress.kubernetes.io/auth-url: "https://sign-in.example.com/oauth2/auth"';

/** The problems of a stack with these pages, one line each. */
function problems(pages: object, values: Record<string, object> = {}, platform = "kubernetes"): string[] {
  const quiet = Object.fromEntries(
    ["pagerduty", "slack", "email", "heartbeat"].map((key) => [key, { enabled: false }]),
  );
  const all = {
    platform,
    environment: "prod",
    ...values,
    metrics: { externalUrl: "https://prometheus.example.com", ...values["metrics"] },
    alerting: { ...quiet, ...values["alerting"] },
    kubernetes: { pages },
  };
  return problemsOf(() => toSettings({ stack: "prod", values: all, secrets: new Set() }));
}

test("all three pages, with URLs, a certificate and a sign-in, are accepted", () => {
  const values = {
    alerting: { externalUrl: "https://alertmanager.example.com/" },
    tracing: { enabled: true, url: "https://prometheus.example.com/jaeger" },
  };
  assert.deepEqual(problems({ ...valid, publish: ["prometheus", "alertmanager", "jaeger"] }, values), []);
  assert.deepEqual(problems(routes), []);
});

test("all problems with pages are reported together", () => {
  const values = {
    metrics: { externalUrl: "http://10.0.0.7/prometheus" },
    tracing: { enabled: false },
    visualization: { url: "https://grafana.example.com", ingress: { enabled: true, tlsSecretName: "grafana-tls" } },
  };
  const pages = { publish: ["prometheus", "alertmanager", "jaeger", "prometheus"], gateway: routes.gateway };
  const example = (page: string) => `"https://${page}.example.com"`;
  assert.deepEqual(problems(pages, values), [
    'kubernetes.pages.publish: contains "prometheus" twice; remove one',
    `metrics.externalUrl: "http://10.0.0.7/prometheus" does not use TLS; use an https:// URL, such as ${example("prometheus")}`,
    `metrics.externalUrl: "http://10.0.0.7/prometheus" has no host name that an Ingress or a route can use; use a DNS name of lower-case letters, digits, "-" and ".", such as ${example("prometheus")}`,
    `metrics.externalUrl: "http://10.0.0.7/prometheus" has a path, which an Ingress or route does not strip from requests; use a separate host, such as ${example("prometheus")}`,
    `alerting.externalUrl: is required by kubernetes.pages.publish; use an https:// URL, such as ${example("alertmanager")}`,
    'kubernetes.pages.publish: contains "jaeger", but tracing.enabled is false; remove one of them',
    noAnnotations,
    "kubernetes.pages.gateway: has no effect with kind: ingress; use kind: gateway, or remove it",
    'kubernetes.pages.tlsSecretName: is required, because passwords would otherwise be sent unencrypted; set it to the Secret with a certificate for the hosts of all pages, such as "pages-tls"',
  ]);
});

const alb = "alb.ingress.kubernetes.io";
const oidc = { [`${alb}/auth-type`]: "oidc", [`${alb}/auth-idp-oidc`]: "{}" };

const refused: [what: string, pages: object, values: Record<string, object>, problem: string][] = [
  ["no sign-in", { ...valid, auth: {} }, {}, noAnnotations],
  [
    "annotations that require no sign-in",
    { ...valid, auth: { annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" } } },
    {},
    'kubernetes.pages.auth.annotations: do not require a sign-in of a known controller; use those of yours, such as nginx.ingress.kubernetes.io/auth-url: "https://sign-in.example.com/oauth2/auth", or traefik.ingress.kubernetes.io/router.middlewares: "monitoring-sign-in@kubernetescrd"',
  ],
  [
    "basic auth without its users",
    { ...valid, auth: { annotations: { [`${nginx}/auth-type`]: "basic" } } },
    {},
    "kubernetes.pages.auth.annotations.nginx.ingress.kubernetes.io/auth-secret: is required by nginx.ingress.kubernetes.io/auth-type; add it",
  ],
  [
    "a kind of sign-in that the controller does not have",
    { ...valid, auth: { annotations: { [`${nginx}/auth-type`]: "none", [`${nginx}/auth-secret`]: "users" } } },
    {},
    'kubernetes.pages.auth.annotations.nginx.ingress.kubernetes.io/auth-type: "none" requires no sign-in; use "basic" or "digest"',
  ],
  [
    "an empty annotation",
    { ...valid, auth: { annotations: { [`${nginx}/auth-url`]: " " } } },
    {},
    'kubernetes.pages.auth.annotations.nginx.ingress.kubernetes.io/auth-url: " " requires no sign-in; use a value',
  ],
  [
    "a client certificate that is optional",
    {
      ...valid,
      auth: { annotations: { [`${nginx}/auth-tls-secret`]: "ca", [`${nginx}/auth-tls-verify-client`]: "optional" } },
    },
    {},
    'kubernetes.pages.auth.annotations.nginx.ingress.kubernetes.io/auth-tls-verify-client: "optional" admits requests without a sign-in; remove it',
  ],
  [
    "a load balancer that lets everyone through",
    {
      ...valid,
      auth: {
        annotations: {
          ...oidc,
          [`${alb}/listen-ports`]: '[{"HTTPS": 443}]',
          [`${alb}/auth-on-unauthenticated-request`]: "allow",
        },
      },
    },
    {},
    'kubernetes.pages.auth.annotations.alb.ingress.kubernetes.io/auth-on-unauthenticated-request: "allow" admits requests without a sign-in; remove it',
  ],
  [
    "a load balancer without a certificate, which listens on HTTP, where it requires no sign-in",
    { ...valid, auth: { annotations: oidc } },
    {},
    `kubernetes.pages.auth.annotations.${alb}/listen-ports: is required without ${alb}/certificate-arn, because HTTP has no sign-in; use '[{"HTTPS": 443}]', or set ${alb}/ssl-redirect: "443"`,
  ],
  [
    "a load balancer that also listens on HTTP",
    { ...valid, auth: { annotations: { ...oidc, [`${alb}/listen-ports`]: '[{"HTTP": 80}, {"HTTPS": 443}]' } } },
    {},
    `kubernetes.pages.auth.annotations.${alb}/listen-ports: "[{\\"HTTP\\": 80}, {\\"HTTPS\\": 443}]" contains HTTP, which has no sign-in; use '[{"HTTPS": 443}]', or set ${alb}/ssl-redirect: "443"`,
  ],
  [
    "passwords that HAProxy Ingress ignores while they are missing",
    { ...valid, auth: { annotations: { "haproxy-ingress.github.io/auth-secret": "users" } } },
    {},
    "kubernetes.pages.auth.annotations.haproxy-ingress.github.io/auth-secret: requires no sign-in while the Secret is missing; use haproxy-ingress.github.io/auth-url or oauth",
  ],
  [
    "a plugin that Kong ignores while it is missing",
    { ...valid, auth: { annotations: { "konghq.com/plugins": "sign-in" } } },
    {},
    "kubernetes.pages.auth.annotations.konghq.com/plugins: requires no sign-in while the plugin is missing; use another Ingress controller",
  ],
  [
    "a sign-in among the other annotations",
    { ...valid, annotations: authUrl, auth: {} },
    {},
    "kubernetes.pages.annotations.nginx.ingress.kubernetes.io/auth-url: configures the sign-in; move it to kubernetes.pages.auth.annotations",
  ],
  [
    "filters of an Ingress",
    { ...valid, auth: { ...valid.auth, filters: [filter] } },
    {},
    "kubernetes.pages.auth.filters: has no effect with kubernetes.pages.kind: ingress; use auth.annotations",
  ],
  [
    "a filter of Kong, which ignores it while it is missing",
    { ...routes, auth: { filters: [filter, { group: "configuration.konghq.com", kind: "KongPlugin", name: "oidc" }] } },
    {},
    'kubernetes.pages.auth.filters[1]: KongPlugin "oidc" requires no sign-in while it is missing, because Kong ignores it; use another Gateway',
  ],
  [
    "a route without filters",
    { ...routes, auth: {} },
    {},
    "kubernetes.pages.auth.filters: is required, because these pages have no sign-in of their own; add a filter that requires one, such as {group: traefik.io, kind: Middleware, name: sign-in}",
  ],
  [
    "annotations of a route's sign-in",
    { ...routes, auth: { ...routes.auth, annotations: authUrl } },
    {},
    "kubernetes.pages.auth.annotations: has no effect with kubernetes.pages.kind: gateway; use auth.filters",
  ],
  [
    "a route without a Gateway",
    { ...routes, gateway: undefined },
    {},
    "kubernetes.pages.gateway: is required by kind: gateway; set it to an existing Gateway with an HTTPS listener, such as {name: shared, namespace: gateways}",
  ],
  [
    "a filter that can have no such kind",
    { ...routes, auth: { filters: [{ ...filter, kind: "middleware" }] } },
    {},
    'kubernetes.pages.auth.filters[0].kind: "middleware" is not a valid kind; use a kind such as "Middleware"',
  ],
  [
    "a filter that can have no such group",
    { ...routes, auth: { filters: [{ ...filter, group: "traefik.io/v1" }] } },
    {},
    'kubernetes.pages.auth.filters[0].group: "traefik.io/v1" is not a valid API group; use a group such as "traefik.io"',
  ],
  [
    "a page that is not known",
    { ...valid, publish: ["prometeus"] },
    {},
    'kubernetes.pages.publish[0]: "prometeus" is not supported; use "prometheus", "alertmanager" or "jaeger"',
  ],
  [
    "no pages",
    { ...valid, publish: [] },
    {},
    "kubernetes.pages.publish: is empty, so kubernetes.pages has no effect; add pages, such as [prometheus], or remove kubernetes.pages",
  ],
  [
    "two pages at one address",
    { ...valid, publish: ["prometheus", "alertmanager"] },
    { alerting: { externalUrl: "https://prometheus.example.com/" } },
    'alerting.externalUrl: "https://prometheus.example.com/" is also metrics.externalUrl; use a separate host, such as "https://alertmanager.example.com"',
  ],
  [
    "Grafana's address",
    valid,
    {
      metrics: { externalUrl: "https://grafana.example.com" },
      visualization: { url: "https://grafana.example.com", ingress: { enabled: true, tlsSecretName: "grafana-tls" } },
    },
    'metrics.externalUrl: "https://grafana.example.com" is also visualization.url; use a separate host, such as "https://prometheus.example.com"',
  ],
];

for (const [what, pages, values, problem] of refused) {
  test(`rejected: ${what}`, () => {
    const found = problems(pages, values);
    assert.ok(found.includes(problem), found.join("\n"));
  });
}

test("pages that require the stack's client certificate are not published", () => {
  const found = problems(valid, { network: { tls: { enabled: true } } });
  assert.ok(
    found.includes(
      "kubernetes.pages.publish: cannot be used with network.tls, because these pages then require the stack's client certificate; remove one of them",
    ),
    found.join("\n"),
  );
});

test("on Docker, the whole key is rejected, once", () => {
  assert.deepEqual(problems(valid, {}, "docker"), [
    "kubernetes.pages: is supported only with platform: kubernetes; remove it",
  ]);
});

/** A complete sign-in for each controller. */
const complete = [
  { [`${nginx}/auth-type`]: "basic", [`${nginx}/auth-secret`]: "users" },
  { [`${nginx}/auth-tls-secret`]: "monitoring/ca", [`${nginx}/auth-tls-verify-client`]: "on" },
  { "nginx.org/basic-auth-secret": "users" },
  { "traefik.ingress.kubernetes.io/router.middlewares": "monitoring-sign-in@kubernetescrd" },
  { "haproxy.org/auth-type": "basic-auth", "haproxy.org/auth-secret": "monitoring/users" },
  { "haproxy-ingress.github.io/auth-url": "https://sign-in.example.com/oauth2/auth" },
  { "haproxy-ingress.github.io/oauth": "oauth2_proxy" },
  { ...oidc, [`${alb}/listen-ports`]: '[{"HTTPS": 443}]' },
  { ...oidc, [`${alb}/listen-ports`]: '[{"HTTP": 80}, {"HTTPS": 443}]', [`${alb}/ssl-redirect`]: "443" },
  { ...oidc, [`${alb}/certificate-arn`]: "arn:aws:acm:eu-central-1:1:certificate/1" },
  { [`${alb}/auth-type`]: "cognito", [`${alb}/auth-idp-cognito`]: "{}", [`${alb}/listen-ports`]: '[{"HTTPS": 443}]' },
];
for (const annotations of complete) {
  test(`accepted: ${Object.keys(annotations).join(" and ")}`, () => {
    assert.deepEqual(problems({ ...valid, auth: { annotations } }), []);
  });
}
