import { isDeepStrictEqual } from "node:util";
import type { Problem } from "./problems.ts";

/** Sign-in and TLS of a connection that the config describes. */
interface Connection {
  readonly auth: string;
  readonly username?: string | undefined;
  readonly tls: object;
}

/**
 * Missing and ignored keys of a connection at `path`; `withoutTls` says what to do about TLS settings if it does not use TLS.
 */
export function connectionProblems(
  path: string,
  { auth, username, tls }: Connection,
  withoutTls: string | undefined,
): Problem[] {
  return [
    ...(auth === "basic" && username === undefined
      ? [{ path: `${path}.username`, message: "is required by auth: basic; set it to the user name" }]
      : []),
    ...(auth !== "basic" && username !== undefined
      ? [
          {
            path: `${path}.username`,
            message: "is used only with auth: basic; set auth: basic, or remove username",
          },
        ]
      : []),
    ...(withoutTls !== undefined && !isDeepStrictEqual(tls, { insecureSkipVerify: false })
      ? [{ path: `${path}.tls`, message: `has no effect ${withoutTls}, or remove tls` }]
      : []),
  ];
}
