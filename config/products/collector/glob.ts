/** A glob of the collectors as a regular expression. https://github.com/bmatcuk/doublestar#patterns */
export function globPattern(glob: string): string {
  let depth = 0;
  return glob.replace(/\*\*\/?|\[[!^]?[^\]]*\]|\\.|[*?{},.+^$|()]/g, (found) => {
    if (found === "**/") return "(.*/)?";
    if (found === "**") return ".*";
    if (found === "*") return "[^/]*";
    if (found === "?") return "[^/]";
    if (found.startsWith("[")) return found.replace(/^\[[!^]/, "[^");
    if (found === "{") return ++depth > 0 ? "(" : found;
    if (found === "}" && depth > 0) return depth-- > 0 ? ")" : found;
    if (found === "," && depth > 0) return "|";
    return found.startsWith("\\") || found === "," ? found : `\\${found}`;
  });
}
