/** Folders of test/ that need neither network nor daemon; run by `npm run check` and `./test.sh`. */
export const checkSuites = ["unit", "components", "docs"] as const;

/** Folders whose tests build and run the samples in docs/examples; run only by `./test.sh --all`. */
export const sampleSuites = ["examples"] as const;

/** Folders whose tests check the rendered files with the real programs. */
export const programSuites = ["rules", "validate", "security", "logs"] as const;

/** Folders that need a daemon or a cluster; run by `npm run test:e2e`. */
export const endToEndSuites = ["e2e", "kubernetes"] as const;

/** Further test files that only `./test.sh --all` runs, because they take long. */
export const slowFiles = [
  "test/rules/held.test.ts",
  "test/rules/objectives.test.ts",
  "test/rules/recordings.test.ts",
  "test/security/hostile-strings.test.ts",
  "test/unit/script-words.test.ts",
  "test/unit/usage-error.test.ts",
  "test/validate/architecture-steps.test.ts",
  "test/validate/config-fuzz.test.ts",
  "test/validate/demo-tracing.test.ts",
  "test/validate/journeys.test.ts",
] as const;
