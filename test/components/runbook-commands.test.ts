import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { objectsOf, production } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

const folder = fileURLToPath(new URL("../../runbooks/", import.meta.url));
const commands = readdirSync(folder)
  .filter((file) => file.endsWith(".md"))
  .flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/\bkubectl [^`\n]*/g)].map(([command]) => ({
      file,
      command,
    })),
  );

const { metrics } = stackConfig("prod").values as Record<string, object>;
const objectStorage = { endpoint: "s3.example.com", bucket: "metrics", auth: "role" };
const everything = production({
  metrics: { ...metrics, longTerm: { objectStorage } },
  logs: { sources: { events: { enabled: true } } },
  tracing: { enabled: true },
});
const objects = objectsOf(await registered(everything));
const services = objects
  .filter(({ kind }) => kind === "Service")
  .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
const pods = objects
  .filter(({ spec }) => spec?.template !== undefined)
  .map(({ metadata, spec }) => `${metadata.namespace}/${spec?.template?.metadata.labels["app.kubernetes.io/name"]}`);

/** The namespace of a command, if it is one of the stack's. The objects in `white-room` are not known here. */
function namespaceOf(command: string): string | undefined {
  const namespace = /(?:-n|--namespace)[ =](\S+)/.exec(command)?.[1];
  return namespace?.startsWith("monitoring") ? namespace : undefined;
}

test("kubectl commands in runbooks name services and pods of prod with all optional components", () => {
  let checked = 0;
  const wrong = commands.flatMap(({ file, command }) => {
    const namespace = namespaceOf(command);
    if (namespace === undefined) return [];
    const service = /\bsvc\/([\w-]+)/.exec(command)?.[1];
    const [, one, several] = /app\.kubernetes\.io\/name(?:=([\w-]+)| in \(([^)]*)\))/.exec(command) ?? [];
    const selected = several?.split(/, */) ?? (one === undefined ? [] : [one]);
    checked += selected.length + (service === undefined ? 0 : 1);
    return [
      ...(service === undefined || services.includes(`${namespace}/${service}`) ? [] : [`${file}: ${command}`]),
      ...selected.filter((name) => !pods.includes(`${namespace}/${name}`)).map(() => `${file}: ${command}`),
    ];
  });
  assert.ok(checked > 20, `${checked} names`);
  assert.deepEqual(wrong, []);
});
