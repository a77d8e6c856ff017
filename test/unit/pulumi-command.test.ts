import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../components/platform/docker-files.ts";
import { pulumiCommand } from "../../config/settings/load.ts";

test("the program names the Pulumi that start.sh keeps where its project is the one that runs, else the user's own", () => {
  assert.equal(pulumiCommand("/x/.pulumi-local"), ".pulumi-local/pulumi");
  assert.equal(pulumiCommand("/x"), "pulumi");
});

test("files that a program refused are told with its own words and the command that tries them again", () => {
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
