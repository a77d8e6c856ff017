import { deployStack } from "./components/program.ts";

// Pulumi takes a stack trace for each promise of each resource and looks up every position in source maps, which type
// stripping does not need. docs/benchmarks.md has the time that this saves.
Reflect.deleteProperty(Error, "prepareStackTrace");

const { urls, grafanaAdminUser, grafanaAdminPassword, drill } = deployStack();

export { drill, grafanaAdminPassword, grafanaAdminUser, urls };
