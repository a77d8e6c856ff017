import { createRequire } from "node:module";
import { judged } from "./units.ts";

const require = createRequire(import.meta.url);

/** A regular expression in RE2 syntax. */
export const regex = judged((written) => {
  // Loaded when needed: most configs have none, and the library takes long to load.
  const { RE2JS } = require("re2js") as typeof import("re2js");
  try {
    RE2JS.compile(written);
    return written === "" ? "is empty; use a regular expression, or remove the key" : undefined;
  } catch (error) {
    return `is not a valid regular expression (${(error as Error).message}); use RE2 syntax: https://github.com/google/re2/wiki/Syntax`;
  }
}, "is not a regular expression; use RE2 syntax");
