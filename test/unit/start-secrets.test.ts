import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { stackSecrets } from "../../scripts/render/secret-values.ts";

const folder = mkdtempSync(join(tmpdir(), "white-room-secrets-"));
const path = process.env.PATH ?? "";
after(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

test("secrets come from the config, otherwise from the state, whatever its size", () => {
  const config = { "white-room-monitoring:smtpPassword": { value: "from-config", secret: true } };
  const resources = [
    { type: "docker:index/container:Container", urn: "urn::a", outputs: { text: "x".repeat(3_000_000) } },
    {
      type: "random:index/randomPassword:RandomPassword",
      urn: "urn:pulumi:s::p::t::observability-grafanaAdminPassword",
      outputs: { result: { plaintext: '"generated"' } },
    },
    {
      type: "random:index/randomPassword:RandomPassword",
      // As deployed before resource names had a prefix.
      urn: "urn:pulumi:s::p::t::grafanaSecretKey",
      outputs: { result: { plaintext: '"generated earlier"' } },
    },
  ];
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "stack.json"), JSON.stringify({ deployment: { resources } }));
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\nexec cat "${folder}/$1.json"\n`, { mode: 0o755 });
  process.env.PATH = `${folder}${delimiter}${path}`;

  const secret = stackSecrets("never-brought-up");
  assert.equal(secret("smtpPassword"), "from-config");
  assert.equal(secret("grafanaAdminPassword"), "generated");
  assert.equal(secret("grafanaSecretKey"), "generated earlier");
  assert.equal(secret("slackBotToken"), undefined);
});
