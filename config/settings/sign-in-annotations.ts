import type { Problem } from "./problems.ts";
import { show } from "./problems.ts";

interface SignIn {
  /** Annotations that together require a sign-in. */
  readonly requires: Readonly<Record<string, "any" | readonly string[]>>;
  /** Values of annotations that admit requests without a sign-in. */
  readonly opens?: Readonly<Record<string, readonly string[]>>;
}

const nginx = "nginx.ingress.kubernetes.io";
const alb = "alb.ingress.kubernetes.io";
const haproxy = "haproxy-ingress.github.io";
/** Admits the addresses of an allowlist without a sign-in. */
const nginxOpens = { [`${nginx}/satisfy`]: ["any"] };
const albOpens = { [`${alb}/auth-on-unauthenticated-request`]: ["allow"] };

/**
 * Annotations of ingress-nginx, F5 NGINX, Traefik, HAProxy (of HAProxy Technologies and of the community), AWS and Kong. Their
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
  { requires: { [`${haproxy}/auth-secret`]: "any" } },
  { requires: { [`${haproxy}/oauth`]: ["oauth2_proxy", "oauth2-proxy"] } },
  { requires: { [`${alb}/auth-type`]: ["oidc"], [`${alb}/auth-idp-oidc`]: "any" }, opens: albOpens },
  { requires: { [`${alb}/auth-type`]: ["cognito"], [`${alb}/auth-idp-cognito`]: "any" }, opens: albOpens },
  { requires: { "konghq.com/plugins": "any" } },
];

type Annotations = Readonly<Record<string, string>>;

/** Whether an annotation configures the sign-in of a known controller. */
export function isSignInAnnotation(key: string): boolean {
  return signIns.some(({ requires, opens }) => Object.hasOwn(requires, key) || Object.hasOwn(opens ?? {}, key));
}

/** Why a controller would not require a sign-in; undefined if it does. `path` is the key of the annotations. */
export function signInProblem(path: string, annotations: Annotations): Problem | undefined {
  const complete = signIns.filter(({ requires }) =>
    Object.entries(requires).every(([key, values]) => has(annotations, key, values)),
  );
  const [first] = complete;
  if (first !== undefined) {
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
