import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { validateSinksConfig } from "../../demo/config.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "test", "kubernetes", "kind");
const read = (path: string) => readFileSync(path, "utf8");

test("the config that e2e.yml applies to kind is valid, and e2e.yml sets exactly the secrets it needs", () => {
  const config = readStackFile("kind", join(folder, "stack.yaml"));
  const settings = toSettings(config, { requireSecrets: false });
  const needed = missingSecretNeeds(settings, config.secrets).map(({ key }) => key);
  const set = /for key in (.*); do/.exec(read(join(root, ".github", "workflows", "e2e.yml")))?.[1]?.split(" ");
  assert.deepEqual(set, needed);
});

test("the receivers in kind listen at the addresses in its config", () => {
  const { ports } = validateSinksConfig(JSON.parse(read(join(folder, "receivers.json"))));
  const stack = read(join(folder, "stack.yaml"));
  const sent = [...stack.matchAll(/receivers\.white-room\.svc\.cluster\.local:(\d+)/g)].map(([, port]) => Number(port));
  assert.deepEqual([...new Set(sent)], [ports.http, ports.smtp]);
});
