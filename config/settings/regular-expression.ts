import { createRequire } from "node:module";
import { checkedText } from "./units.ts";

const require = createRequire(import.meta.url);

/** Why a regular expression does not compile in Go's RE2, and how to fix it; undefined if it does. */
export function regexProblem(written: string): string | undefined {
  if (written === "") return "is empty; use a regular expression, or remove the key";
  // Loaded when needed, because most configs have none, and the library takes long to load.
  const { RE2JS } = require("re2js") as typeof import("re2js");
  try {
    RE2JS.compile(written);
    return undefined;
  } catch (error) {
    // The message repeats the expression.
    const reason = (error as Error).message.slice(0, 200).toWellFormed();
    return `is not a valid regular expression (${reason}); use RE2 syntax: https://github.com/google/re2/wiki/Syntax`;
  }
}

/** A regular expression that a Go program finds anywhere in a text. */
export const regex = checkedText(regexProblem, "is not a regular expression; use RE2 syntax");

/** Escapes, quoted text and character classes, in which a parenthesis is literal, or else the start of a named group. */
const groupOrLiteral = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\(\?P?<(\w+)>/g;

/** Names of the groups of a valid regular expression. */
export function groupNames(expression: string): string[] {
  return [...expression.matchAll(groupOrLiteral)].flatMap(([, name]) => name ?? []);
}

/** The expression with other group names. */
export function renameGroups(expression: string, rename: (name: string) => string): string {
  return expression.replaceAll(groupOrLiteral, (found, name?: string) =>
    name === undefined ? found : `(?P<${rename(name)}>`,
  );
}
