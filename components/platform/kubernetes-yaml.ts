const onlyKey = "groups:\n";
const explicitKey = " ? groups\n :\n";
const secondDocument = "---\n";

/**
 * A YAML file in a form that its program reads the same, and that `pulumi preview --diff` compares line by line. What the
 * engine can decode, it compares level by level: a changed value comes with every level above it, and an added rule makes
 * all rules below it differ. The engine decodes a text without its outer white space, if it is a single document.
 * https://github.com/pulumi/pulumi/blob/v3.260.0/pkg/backend/display/object_diff.go#L1387
 */
export function comparedByLine(yaml: string): string {
  // Prometheus warns about a second document in a rule file. Without its first space, this form is not valid YAML.
  if (yaml.startsWith(onlyKey)) return explicitKey + yaml.slice(onlyKey.length);
  return yaml + secondDocument;
}

/** The file as it was before {@link comparedByLine}. */
export function asRendered(text: string): string {
  if (text.startsWith(explicitKey)) return onlyKey + text.slice(explicitKey.length);
  return text.endsWith(`\n${secondDocument}`) ? text.slice(0, -secondDocument.length) : text;
}

export function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path);
}
