import { isDeepStrictEqual } from "node:util";
import { traitsOf } from "../../components/platform/traits.ts";
import { clusterPageUrl, grafanaUrl } from "../products/links.ts";
import { isRoutableHost } from "./kubernetes-names.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { type ClusterPage, kubernetes as kubernetesSchema } from "./sections/kubernetes.ts";
import { failOpenGroup, isSignInAnnotation, signInProblem } from "./sign-in-annotations.ts";

const path = "kubernetes.pages";

/** Key with the URL of a page. */
const urlKeys = {
  prometheus: "metrics.externalUrl",
  alertmanager: "alerting.externalUrl",
  jaeger: "tracing.url",
} as const satisfies Record<ClusterPage, string>;

/** Every page of `kubernetes.pages` is behind a sign-in of the cluster, and has its own URL. */
export function checkPages(settings: Settings): Problem[] {
  const { kubernetes, network } = settings;
  const { publish, ...pages } = kubernetes.pages;
  // On Docker, the whole key is rejected elsewhere.
  if (!traitsOf(settings).discoversTargets) return [];
  if (publish.length === 0) {
    const { publish: _, ...defaults } = kubernetesSchema.parse({}).pages;
    return isDeepStrictEqual(pages, defaults)
      ? []
      : [
          {
            path: `${path}.publish`,
            message:
              "is empty, so kubernetes.pages has no effect; add pages, such as [prometheus], or remove kubernetes.pages",
          },
        ];
  }
  return [
    ...publish
      .filter((page, index) => publish.indexOf(page) !== index)
      .map((page) => ({ path: `${path}.publish`, message: `contains ${show(page)} twice; remove one` })),
    ...[...new Set(publish)].flatMap((page) => pageProblems(settings, page)),
    ...sharedAddresses(settings),
    ...signInProblems(settings),
    ...entranceProblems(settings),
    ...(network.tls.enabled
      ? [
          {
            path: `${path}.publish`,
            message:
              "cannot be used with network.tls, because these pages then require the stack's client certificate; remove one of them",
          },
        ]
      : []),
  ];
}

function pageProblems(settings: Settings, page: ClusterPage): Problem[] {
  const { alerting, tracing } = settings;
  const isOff = { prometheus: false, alertmanager: !alerting.enabled, jaeger: !tracing.enabled }[page];
  if (isOff) {
    const part = page === "jaeger" ? "tracing" : "alerting";
    return [
      { path: `${path}.publish`, message: `contains ${show(page)}, but ${part}.enabled is false; remove one of them` },
    ];
  }
  const key = urlKeys[page];
  const written = writtenUrl(settings, page);
  const example = `use an https:// URL, such as "https://${page}.example.com"`;
  if (written === undefined) return [{ path: key, message: `is required by ${path}.publish; ${example}` }];
  const { protocol, hostname, pathname } = new URL(written);
  return [
    ...(protocol === "https:" ? [] : [{ path: key, message: `${show(written)} does not use TLS; ${example}` }]),
    ...(isRoutableHost(hostname)
      ? []
      : [
          {
            path: key,
            message: `${show(written)} has no host name that an Ingress or a route can use; use a DNS name of lower-case letters, digits, "-" and ".", such as "https://${page}.example.com"`,
          },
        ]),
    // Jaeger serves its pages below the path of its URL.
    ...(pathname === "/" || page === "jaeger"
      ? []
      : [
          {
            path: key,
            message: `${show(written)} has a path, which an Ingress or route does not strip from requests; use a separate host, such as "https://${page}.example.com"`,
          },
        ]),
  ];
}

function writtenUrl({ metrics, alerting, tracing }: Settings, page: ClusterPage): string | undefined {
  return { prometheus: metrics.externalUrl, alertmanager: alerting.externalUrl, jaeger: tracing.url }[page];
}

/** A controller would serve only one of two pages with the same address, or merge their sign-ins. */
function sharedAddresses(settings: Settings): Problem[] {
  const { kubernetes, visualization } = settings;
  const address = (url: string) => {
    const { host, pathname } = new URL(url);
    return `${host}${pathname.replace(/\/$/, "")}`;
  };
  const taken = new Map(
    visualization.enabled && visualization.ingress.enabled
      ? [[address(grafanaUrl(settings)), "visualization.url"]]
      : [],
  );
  const problems: Problem[] = [];
  for (const page of new Set(kubernetes.pages.publish)) {
    if (writtenUrl(settings, page) === undefined) continue;
    const key = urlKeys[page];
    const own = address(clusterPageUrl(settings, page));
    const other = taken.get(own);
    if (other === undefined) taken.set(own, key);
    else
      problems.push({
        path: key,
        message: `${show(writtenUrl(settings, page))} is also ${other}; use a separate host, such as "https://${page}.example.com"`,
      });
  }
  return problems;
}

function signInProblems({ kubernetes }: Settings): Problem[] {
  const { kind, auth, annotations } = kubernetes.pages;
  const misplaced = Object.keys(annotations)
    .filter(isSignInAnnotation)
    .map((key) => ({
      path: `${path}.annotations.${key}`,
      message: "configures the sign-in; move it to kubernetes.pages.auth.annotations",
    }));
  if (kind === "gateway") {
    return [
      ...misplaced,
      ...(Object.keys(auth.annotations).length > 0
        ? [{ path: `${path}.auth.annotations`, message: `has no effect with ${path}.kind: gateway; use auth.filters` }]
        : []),
      ...(auth.filters.length === 0
        ? [
            {
              path: `${path}.auth.filters`,
              message:
                "is required, because these pages have no sign-in of their own; add a filter that requires one, such as {group: traefik.io, kind: Middleware, name: sign-in}",
            },
          ]
        : []),
      ...auth.filters.flatMap(({ group, kind, name }, index) =>
        group === failOpenGroup
          ? [
              {
                path: `${path}.auth.filters[${index}]`,
                message: `${kind} ${show(name)} requires no sign-in while it is missing, because Kong ignores it; use another Gateway`,
              },
            ]
          : [],
      ),
    ];
  }
  const missing: Problem | undefined =
    Object.keys(auth.annotations).length === 0
      ? {
          path: `${path}.auth.annotations`,
          message:
            'is required, because these pages have no sign-in of their own; add the annotations with which your Ingress controller requires one, such as nginx.ingress.kubernetes.io/auth-url: "https://sign-in.example.com/oauth2/auth"',
        }
      : signInProblem(`${path}.auth.annotations`, { ...annotations, ...auth.annotations });
  return [
    ...misplaced,
    ...(auth.filters.length > 0
      ? [{ path: `${path}.auth.filters`, message: `has no effect with ${path}.kind: ingress; use auth.annotations` }]
      : []),
    ...(missing === undefined ? [] : [missing]),
  ];
}

/** Pages are served over TLS, because of passwords and cookies. */
function entranceProblems({ kubernetes }: Settings): Problem[] {
  const { kind, gateway, tlsSecretName } = kubernetes.pages;
  if (kind === "gateway") {
    return gateway === undefined
      ? [
          {
            path: `${path}.gateway`,
            message:
              "is required by kind: gateway; set it to an existing Gateway with an HTTPS listener, such as {name: shared, namespace: gateways}",
          },
        ]
      : [];
  }
  return [
    ...(gateway === undefined
      ? []
      : [{ path: `${path}.gateway`, message: "has no effect with kind: ingress; use kind: gateway, or remove it" }]),
    ...(tlsSecretName === undefined
      ? [
          {
            path: `${path}.tlsSecretName`,
            message:
              'is required, because passwords would otherwise be sent unencrypted; set it to the Secret with a certificate for the hosts of all pages, such as "pages-tls"',
          },
        ]
      : []),
  ];
}
