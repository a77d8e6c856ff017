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
    `alertmanager refused its new config; it goes on with the old one. It says:

yaml: line 3: no such field
Mend the config and bring the stack up again. Where the config is not at fault (a program that did not answer, a full disk), try the same again with:

  .pulumi-local/pulumi up --stack dev --replace 'urn:pulumi:dev::a'
`,
  );
});
