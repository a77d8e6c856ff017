import assert from "node:assert/strict";
import { test } from "node:test";
import { type KubernetesObject, objectsOf, production } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

const prod = stackConfig("prod").values as Record<string, Record<string, unknown>>;
const authUrl = "nginx.ingress.kubernetes.io/auth-url";
const signIn = { [authUrl]: "https://sign-in.example.com/oauth2/auth" };

/** The objects of production with all pages published. */
async function published(pages: object): Promise<KubernetesObject[]> {
  const values = {
    metrics: { ...prod["metrics"], externalUrl: "https://prometheus.example.com" },
    alerting: { ...prod["alerting"], externalUrl: "https://alertmanager.example.com" },
    tracing: { enabled: true, url: "https://jaeger.example.com" },
    visualization: {
      ...prod["visualization"],
      url: "https://grafana.example.com",
      ingress: { enabled: true, tlsSecretName: "grafana-tls" },
    },
    kubernetes: {
      ...prod["kubernetes"],
      pages: { publish: ["prometheus", "alertmanager", "jaeger"], controllerNamespace: "entrance", ...pages },
    },
  };
  return objectsOf(await registered(production(values)));
}

const ofKind = (kind: string, found: readonly KubernetesObject[]) =>
  new Map(found.filter((each) => each.kind === kind).map((each) => [each.metadata.name, each]));
const ports = { prometheus: 9090, alertmanager: 9093, jaeger: 16686 };

test("each page gets an Ingress with the sign-in, and Grafana's Ingress has none", async () => {
  const annotations = { "cert-manager.io/cluster-issuer": "internal" };
  const pages = { tlsSecretName: "pages-tls", className: "nginx", annotations, auth: { annotations: signIn } };
  const ingresses = ofKind("Ingress", await published(pages));
  assert.deepEqual([...ingresses.keys()].sort(), ["alertmanager", "grafana", "jaeger", "prometheus"]);
  for (const [name, number] of Object.entries(ports)) {
    const host = `${name}.example.com`;
    const { metadata, spec } = ingresses.get(name) ?? {};
    assert.equal(metadata?.namespace, "monitoring");
    assert.deepEqual(metadata?.annotations, { "pulumi.com/skipAwait": "true", ...annotations, ...signIn });
    assert.deepEqual(spec, {
      ingressClassName: "nginx",
      tls: [{ hosts: [host], secretName: "pages-tls" }],
      rules: [
        {
          host,
          http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number } } } }] },
        },
      ],
    });
  }
  assert.deepEqual(ingresses.get("grafana")?.metadata.annotations, { "pulumi.com/skipAwait": "true" });
});

test("each page gets a route with the filters, at the existing Gateway", async () => {
  const filter = { group: "traefik.io", kind: "Middleware", name: "sign-in" };
  const gateway = { name: "shared", namespace: "gateways" };
  const annotations = { "external-dns.alpha.kubernetes.io/ttl": "60" };
  const found = await published({ kind: "gateway", gateway, annotations, auth: { filters: [filter] } });
  assert.deepEqual([...ofKind("Gateway", found).keys()], []);
  const found_ = ofKind("HTTPRoute", found);
  assert.deepEqual([...found_.keys()].sort(), ["alertmanager", "jaeger", "prometheus"]);
  for (const [name, port] of Object.entries(ports)) {
    assert.deepEqual(found_.get(name)?.metadata.annotations, annotations);
    assert.deepEqual(found_.get(name)?.spec, {
      parentRefs: [gateway],
      hostnames: [`${name}.example.com`],
      rules: [{ filters: [{ type: "ExtensionRef", extensionRef: filter }], backendRefs: [{ name, port }] }],
    });
  }
});

test("each controller may connect to its pages, and to no other port", async () => {
  const policies = ofKind("NetworkPolicy", await published({ tlsSecretName: "tls", auth: { annotations: signIn } }));
  const fromNamespace = (name: string, namespace: string) => {
    const { ingress = [] } = (policies.get(name)?.spec ?? {}) as { ingress?: { from?: object[]; ports: object[] }[] };
    return ingress.filter(({ from }) =>
      JSON.stringify(from ?? []).includes(`"kubernetes.io/metadata.name":"${namespace}"`),
    );
  };
  for (const [name, port] of Object.entries(ports)) {
    assert.deepEqual(
      fromNamespace(name, "entrance").map(({ ports }) => ports),
      [[{ port, protocol: "TCP" }]],
    );
    assert.deepEqual(fromNamespace(name, "ingress-nginx"), []);
  }
  assert.deepEqual(fromNamespace("grafana", "entrance"), []);
  assert.equal(fromNamespace("grafana", "ingress-nginx").length, 1);
  assert.deepEqual(fromNamespace("loki", "entrance"), []);
});

test("links use the published URLs, and paths inside the cluster stay the same", async () => {
  const found = await published({ tlsSecretName: "tls", auth: { annotations: signIn } });
  const words = (name: string) => JSON.stringify(ofKind("StatefulSet", found).get(name)?.spec);
  assert.match(words("prometheus"), /"--web\.external-url=https:\/\/prometheus\.example\.com"/);
  assert.match(words("prometheus"), /"--web\.cors\.origin=https:\/\/prometheus\\\\\.example\\\\\.com"/);
  assert.match(words("alertmanager"), /"--web\.external-url=https:\/\/alertmanager\.example\.com"/);
});
