import { enableCompileCache } from "node:module";

// Pulumi.yaml has Node load this file before anything else, so that Pulumi's own modules are compiled once and not in
// every preview.
enableCompileCache();
