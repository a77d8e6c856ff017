// V8 formats stack traces itself under type stripping, which keeps every position; the engine's SDK takes one for each
// promise of each resource, and a source-map lookup in each is a third of a preview.
Reflect.deleteProperty(Error, "prepareStackTrace");

const { loadConfig } = await import("./config/settings/load.ts");
const { ObservabilityStack } = await import("./components/observability-stack.ts");

const stack = await ObservabilityStack.create("observability", loadConfig());

export default stack.outputs;
