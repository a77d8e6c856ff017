import type { Problem } from "./problems.ts";
import { show } from "./problems.ts";

interface SignIn {
  /** Annotations that together require a sign-in. */
  readonly requires: Readonly<Record<string, "any" | readonly string[]>>;
  /** Values of annotations that admit requests without a sign-in. */
  readonly opens?: Readonly<Record<string, readonly string[]>>;
  /** Any other reason why requests are admitted without a sign-in, with the annotation to change. */
  readonly gap?: (annotations: Annotations) => { readonly key: string; readonly message: string } | undefined;
}

type Annotations = Readonly<Record<string, string>>;

const nginx = "nginx.ingress.kubernetes.io";
const alb = "alb.ingress.kubernetes.io";
const haproxy = "haproxy-ingress.github.io";
/** Admits the addresses of an allowlist without a sign-in. */
const nginxOpens = { [`${nginx}/satisfy`]: ["any"] };
const albOpens = { [`${alb}/auth-on-unauthenticated-request`]: ["allow"] };

/**
 * Annotations of ingress-nginx, F5 NGINX, Traefik, HAProxy (of HAProxy Technologies and of the community) and AWS. Their
 * controllers refuse requests if what an annotation refers to does not exist.
 */
const signIns: readonly SignIn[] = [
  { requires: { [`${nginx}/auth-url`]: "any" }, opens: nginxOpens },
  { requires: { [`${nginx}/auth-type`]: ["basic", "digest"], [`${nginx}/auth-secret`]: "any" }, opens: nginxOpens },
  {
    requires: { [`${nginx}/auth-tls-secret`]: "any" },
    opens: { ...nginxOpens, [`${nginx}/auth-tls-verify-client`]: ["off", "optional", "optional_no_ca"] },
  },
  { requires: { "nginx.org/basic-auth-secret": "any" } },
  { requires: { "traefik.ingress.kubernetes.io/router.middlewares": "any" } },
  { requires: { "haproxy.org/auth-type": ["basic-auth"], "haproxy.org/auth-secret": "any" } },
  { requires: { [`${haproxy}/auth-url`]: "any" } },
  { requires: { [`${haproxy}/oauth`]: ["oauth2_proxy", "oauth2-proxy"] } },
  { requires: { [`${alb}/auth-type`]: ["oidc"], [`${alb}/auth-idp-oidc`]: "any" }, opens: albOpens, gap: albGap },
  { requires: { [`${alb}/auth-type`]: ["cognito"], [`${alb}/auth-idp-cognito`]: "any" }, opens: albOpens, gap: albGap },
];

/**
 * Annotations with which a controller admits all requests if what they refer to does not exist:
 * https://github.com/jcmoraisjr/haproxy-ingress/blob/master/pkg/converters/ingress/annotations/backend.go
 * (buildBackendAuthHTTP),
 * https://github.com/Kong/kubernetes-ingress-controller/blob/main/internal/dataplane/kongstate/kongstate.go (buildPlugins)
 */
const failOpen: Annotations = {
  [`${haproxy}/auth-secret`]: `requires no sign-in while the Secret is missing; use ${haproxy}/auth-url or oauth`,
  "konghq.com/plugins": "requires no sign-in while the plugin is missing; use another Ingress controller",
};

/** API group of filters that Kong ignores, like the annotation, if they do not exist. */
export const failOpenGroup = "configuration.konghq.com";

/** The load balancer requires a sign-in only on HTTPS, and by default listens on HTTP unless it is given a certificate. */
function albGap(annotations: Annotations): ReturnType<NonNullable<SignIn["gap"]>> {
  const [key, redirect, certificate] = [`${alb}/listen-ports`, `${alb}/ssl-redirect`, `${alb}/certificate-arn`];
  const ports = annotations[key];
  if (redirect in annotations || (ports === undefined && certificate in annotations)) return undefined;
  const fix = `use '[{"HTTPS": 443}]', or set ${redirect}: "443"`;
  if (ports === undefined)
    return { key, message: `is required without ${certificate}, because HTTP has no sign-in; ${fix}` };
  return /"HTTP"/.test(ports)
    ? { key, message: `${show(ports)} contains HTTP, which has no sign-in; ${fix}` }
    : undefined;
}

/** Whether an annotation configures the sign-in of a known controller. */
export function isSignInAnnotation(key: string): boolean {
  return (
    Object.hasOwn(failOpen, key) ||
    signIns.some(({ requires, opens }) => Object.hasOwn(requires, key) || Object.hasOwn(opens ?? {}, key))
  );
}

/** Why a controller would not require a sign-in; undefined if it does. `path` is the key of the annotations. */
export function signInProblem(path: string, annotations: Annotations): Problem | undefined {
  const complete = signIns.filter(({ requires }) =>
    Object.entries(requires).every(([key, values]) => has(annotations, key, values)),
  );
  const [first] = complete;
  if (first !== undefined) {
    const gap = first.gap?.(annotations);
    if (gap !== undefined) return { path: `${path}.${gap.key}`, message: gap.message };
    const [opened] = complete.flatMap(({ opens = {} }) =>
      Object.entries(opens).filter(([key, values]) => values.includes(annotations[key]?.trim() ?? "")),
    );
    if (opened === undefined) return undefined;
    const [key] = opened;
    return {
      path: `${path}.${key}`,
      message: `${show(annotations[key])} admits requests without a sign-in; remove it`,
    };
  }
  const begun = signIns.find(({ requires }) => Object.keys(requires).some((key) => key in annotations));
  const [open] = Object.entries(failOpen).filter(([key]) => key in annotations);
  if (begun === undefined && open !== undefined) return { path: `${path}.${open[0]}`, message: open[1] };
  if (begun === undefined)
    return {
      path,
      message: `do not require a sign-in of a known controller; use those of yours, such as ${nginx}/auth-url: "https://sign-in.example.com/oauth2/auth", or traefik.ingress.kubernetes.io/router.middlewares: "monitoring-sign-in@kubernetescrd"`,
    };
  const [key = "", values] =
    Object.entries(begun.requires).find(([each, allowed]) => !has(annotations, each, allowed)) ?? [];
  const found = annotations[key];
  return {
    path: `${path}.${key}`,
    message:
      found === undefined
        ? `is required by ${Object.keys(begun.requires).find((each) => each in annotations)}; add it`
        : `${show(found)} requires no sign-in; use ${values === "any" || values === undefined ? "a value" : values.map((each) => show(each)).join(" or ")}`,
  };
}

function has(annotations: Annotations, key: string, values: "any" | readonly string[]): boolean {
  const value = annotations[key]?.trim() ?? "";
  return values === "any" ? value !== "" : values.includes(value);
}
