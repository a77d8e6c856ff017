/** Folders of test/ that need neither network nor daemon: `npm run check` and `./test.sh` run them. */
export const checkSuites = ["unit", "components", "docs"] as const;

/** Folders whose tests build and run the samples of docs/examples. */
export const sampleSuites = ["examples"] as const;

/** Folders in which the real programs check what is rendered for them. */
export const judgedSuites = ["rules", "validate", "logs"] as const;

/** Folders that need a daemon or a cluster: `npm run test:e2e` runs them. */
export const endToEndSuites = ["e2e", "kubernetes"] as const;
