import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-file-"));
const path = join(folder, "Pulumi.own.yaml");
after(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  writeFileSync(path, text);
  return readStackFile("own", path);
}

test("values and the names of encrypted secrets are read; other namespaces are not this program's", () => {
  const config = read(
    "config:\n  kubernetes:context: production\n  white-room-monitoring:platform: docker\n  white-room-monitoring:smtpPassword: { secure: v1:abc }\n",
  );
  assert.deepEqual(config.values, { platform: "docker" });
  assert.deepEqual(config.secrets, new Set(["smtpPassword"]));
});

test("a key without namespace is reported with all other problems", () => {
  const config = read(
    "config:\n  metrics: { port: 1 }\n  white-room-monitoring:platform: nomad\n  white-room-monitoring:environment: dev\n  white-room-monitoring:alerting: { enabled: false }\n",
  );
  assert.throws(() => toSettings(config), {
    message: `Pulumi.own.yaml has 2 problems; nothing was changed.

  metrics: has no namespace; use "white-room-monitoring:metrics"
  platform: "nomad" is not supported; use "docker" or "kubernetes"
`,
  });
});

test("a misspelt namespace is reported, but not that of another program", () => {
  const config = read("config:\n  white-room-monitorng:logs: { enabled: false }\n  docker:host: ssh://a\n");
  assert.deepEqual(config.problems, [
    { path: "white-room-monitorng:logs", message: 'has an unknown namespace; use "white-room-monitoring:logs"' },
  ]);
});

test("invalid YAML is reported with its position", () => {
  assert.throws(
    () => read("config:\n  a: [1\n  b: 2\n"),
    ({ message }: Error) => {
      assert.match(
        message,
        new RegExp(`^Pulumi\\.own\\.yaml has 1 problem; nothing was changed\\.\n\n  ${path}:3:3: is not valid YAML: `),
      );
      return true;
    },
  );
});

test("a file that is not a map is rejected with a fix, and an empty one has no keys", () => {
  assert.throws(() => read("- a\n"), { message: /Pulumi\.own\.yaml: is not a map; start it with "config:"/ });
  assert.throws(() => read("config: 3\n"), { message: /config: is not a map; put one key per line below it/ });
  assert.deepEqual(read("").values, {});
  assert.deepEqual(read("config:\n").values, {});
});
