import { deployStack } from "./components/program.ts";

// Pulumi takes a stack trace for each promise of each resource and looks up every position in source maps, a quarter of a
// preview's time. Under type stripping, positions are right without source maps.
Reflect.deleteProperty(Error, "prepareStackTrace");

const { urls, grafanaAdminUser, grafanaAdminPassword, drill } = deployStack();

export { drill, grafanaAdminPassword, grafanaAdminUser, urls };
