import { type Problem, show } from "./problems.ts";
import { isSecretName, isSecretValue } from "./secret-words.ts";

/** Headers that would store a secret in the state in clear text, and duplicates. `insteadOf`: what to use for a secret. */
export function headerProblems(
  path: string,
  headers: Readonly<Record<string, string>>,
  insteadOf: (header: string) => string,
): Problem[] {
  const names = Object.keys(headers);
  const seen = new Set<string>();
  return [
    ...names
      .filter((header) => isSecretName(header) || isSecretValue(headers[header] ?? ""))
      .map((header) => ({
        path: `${path}.headers.${header}`,
        message: `would store a secret in clear text in the state; remove it, and use ${insteadOf(header)}`,
      })),
    ...names.flatMap((header) => {
      const isDuplicate = seen.has(header.toLowerCase());
      seen.add(header.toLowerCase());
      return isDuplicate ? [{ path: `${path}.headers.${header}`, message: "is a duplicate; remove it" }] : [];
    }),
  ];
}

/** Query parameters of a URL that would store a secret in the state in clear text. `instead`: what to use for it. */
export function urlSecretProblems(path: string, url: string, instead: string): Problem[] {
  const parameters = URL.canParse(url) ? [...new URL(url).searchParams.keys()] : [];
  return parameters.filter(isSecretName).map((parameter) => ({
    path: `${path}.url`,
    message: `contains a secret in the parameter ${show(parameter)}, which would be stored in clear text in the state; use ${instead}`,
  }));
}
