const secretName =
  /(?:^|[_-])(?:auth\w*|cookie2?|credentials?|pass\w*|pwd|secret|signature|token|(?:api|access|private)?[_-]?key)(?:$|[_-])/i;
const secretWords = /apikey|secretkey|accesskey|accesstoken|authtoken/i;

/** Names of headers, query parameters and fields that carry credentials. */
export function isSecretName(written: string): boolean {
  return secretName.test(written) || secretWords.test(written.replaceAll(/[_-]/g, ""));
}

/** Names of fields in a body that carry credentials. Unlike in headers, a `key` is usually none, nor is a `token_type`. */
export function isSecretField(written: string): boolean {
  const name = written.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  return isSecretName(name) && !/^key\b|[_-](?:type|id|at|in|expires\w*)$/.test(name);
}

/** Names of options of a Grafana data source that carry credentials. Unlike in bodies, `tokenUri` and `authType` are common. */
export function isSecretOption(written: string): boolean {
  return /(?:password|secret|token|(?:api|access|secret|private)_?key|HeaderValue\d+)$/i.test(written);
}

/** Credentials with a recognizable form. */
const secretValue =
  /^(?:basic|bearer|digest|token|apikey)\s+\S|(?:^|\W)(?:gh[opsu]_|github_pat_|glpat-|xox[abprs]-|sk_live_|sk-|AKIA|eyJ[\w-]+\.eyJ)[\w-]|-----BEGIN/i;

/** Whether a value is a credential, by its form. */
export function isSecretValue(written: string): boolean {
  return secretValue.test(written);
}
