import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../components/platform/docker-files.ts";
import { pulumiCommand } from "../../config/settings/load.ts";

test("messages show start.sh's Pulumi wrapper for its project, otherwise pulumi", () => {
  assert.equal(pulumiCommand("/x/.pulumi-local"), ".pulumi-local/pulumi");
  assert.equal(pulumiCommand("/x"), "pulumi");
});

test("rejected files are reported with the program's output and the retry command", () => {
  assert.equal(
    refusal({
      program: "alertmanager",
      files: "config",
      logs: "yaml: line 3: no such field",
      command: ".pulumi-local/pulumi up --stack dev",
      urn: "urn:pulumi:dev::a",
    }),
    `alertmanager rejected its new config and keeps using the old one. Its output:

yaml: line 3: no such field
Fix the config and deploy the stack again. If the config is not the cause (the program did not respond, or the disk is full), retry with:

  .pulumi-local/pulumi up --stack dev --replace 'urn:pulumi:dev::a'
`,
  );
});
