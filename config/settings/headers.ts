import { type Problem, show } from "./problems.ts";
import { text } from "./units.ts";

export const headerName = text(
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/,
  'is not a valid header name; use letters, digits and "-", such as "Accept"',
);

const secretName =
  /(?:^|[_-])(?:auth\w*|cookie2?|credentials?|pass\w*|pwd|secret|signature|token|(?:api|access|private)?[_-]?key)(?:$|[_-])/i;
const secretWords = /apikey|secretkey|accesskey|accesstoken|authtoken/i;

/** Names of headers and query parameters that carry credentials. */
export function isSecretName(written: string): boolean {
  return secretName.test(written) || secretWords.test(written.replaceAll(/[_-]/g, ""));
}

/** Credentials with a recognizable form. */
const secretValue =
  /^(?:basic|bearer|digest|token|apikey)\s+\S|(?:^|\W)(?:gh[opsu]_|github_pat_|glpat-|xox[abprs]-|sk_live_|sk-|AKIA|eyJ[\w-]+\.eyJ)[\w-]|-----BEGIN/i;

/** Whether a header's value is a credential, by its form. */
export function isSecretValue(written: string): boolean {
  return secretValue.test(written);
}

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
