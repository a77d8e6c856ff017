import { connectionProblems } from "./connection-checks.ts";
import { headerProblems, urlSecretProblems } from "./headers.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

type Endpoint = Settings["metrics"]["remoteWrite"][number];

/** Connections to applications and destinations that are incomplete, or would store secrets in clear text. */
export function connectionsAreComplete({ applications, metrics }: Settings): Problem[] {
  return [
    ...Object.entries(applications).flatMap(([name, application]) =>
      connectionProblems(`applications.${name}`, application, withoutTls(application.scheme === "https")),
    ),
    ...metrics.remoteWrite.flatMap((endpoint, index) => {
      const path = `metrics.remoteWrite[${index}]`;
      const { name, auth, tls } = endpoint;
      const needsName = name === undefined && (auth !== "none" || Object.keys(tls).length > 1);
      return [
        ...(needsName
          ? [{ path: `${path}.name`, message: 'is required by auth and tls; use a name such as "mimir"' }]
          : []),
        ...destinationProblems(path, endpoint),
      ];
    }),
  ];
}

function withoutTls(isTls: boolean): string | undefined {
  return isTls ? undefined : "on http; use https";
}

function destinationProblems(path: string, endpoint: Pick<Endpoint, "auth" | "username" | "tls" | "url" | "headers">) {
  const { url, headers = {} } = endpoint;
  return [
    ...connectionProblems(path, endpoint, withoutTls(/^https:/i.test(url))),
    ...headerProblems(path, headers, () => "auth: basic or auth: bearer with its secret"),
    ...urlSecretProblems(path, url, "auth"),
  ];
}
