import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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

test("values and names of encrypted secrets are read, and other namespaces are ignored", () => {
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

test("keys outside of config are reported", () => {
  assert.throws(() => read("white-room-monitoring:platform: docker\n"), {
    message: `Pulumi.own.yaml has 1 problem; nothing was changed.

  white-room-monitoring:platform: is outside "config:"; indent it below "config:"
`,
  });
});

test("a path as a key and a secret inside an object are reported with their place", () => {
  const config = read(
    "config:\n  white-room-monitoring:metrics.retentionTime: 30d\n  white-room-monitoring:platform: docker\n  white-room-monitoring:environment: dev\n  white-room-monitoring:alerting: { enabled: false, slackBotToken: canary }\n",
  );
  assert.throws(() => toSettings(config), {
    message: `Pulumi.own.yaml has 2 problems; nothing was changed.

  alerting.slackBotToken: is a secret, which must be a top-level key; remove it and run \`pulumi config set --secret slackBotToken --stack own\`
  metrics.retentionTime: is not a known key; write retentionTime below metrics, or set it with \`pulumi config set --path\`
`,
  });
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

const whole = (message: string) => ({
  message: `Pulumi.own.yaml has 1 problem; nothing was changed.\n\n  ${path}${message}\n`,
});

test("a YAML error names the position, and never quotes the file", () => {
  for (const [text, message] of [
    ["config:\n  a: *hunter2\n", ":2:7: is not valid YAML: unidentified alias; fix this line"],
    ["config:\n  a: !hunter2 x\n", ":2:6: is not valid YAML: unknown scalar tag; fix this line"],
    ['config:\n  a: "hunter2\n', ":3:1: is not valid YAML: deficient indentation; fix this line"],
  ] as const) {
    assert.throws(() => read(text), whole(message));
  }
});

test("cycles, alias bombs, deep nesting and huge files are rejected at once", () => {
  const bomb = Array.from({ length: 12 }, (_, index) =>
    index === 0
      ? "a0: &a0 [x, x]"
      : `a${index}: &a${index} [${Array(9)
          .fill(`*a${index - 1}`)
          .join(", ")}]`,
  );
  const start = performance.now();
  assert.throws(
    () => read("config: &a\n  b: *a\n"),
    whole(": has an alias inside the value that it refers to; remove it"),
  );
  assert.throws(
    () => read(bomb.join("\n")),
    whole(": has more than 100000 values, including those of aliases; remove some"),
  );
  assert.throws(
    () => read(`# ${"x".repeat(1024 ** 2)}`),
    whole(": is too large (1025 KiB); use a file of at most 1024 KiB"),
  );
  assert.throws(() => read(`a: ${"[".repeat(40)}${"]".repeat(40)}`), {
    name: "ConfigError",
    message: /is not valid YAML: nesting/,
  });
  assert.ok(performance.now() - start < 2_000);
});

test("paths that are not files are rejected with advice, and pipes are not read", () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const [name, message] of [
    [folder, "is a directory; use the path of a file"],
    [pipe, "is not a regular file; write it to a file first"],
    [join(folder, "none"), "does not exist; check the path"],
    [join(import.meta.filename, "x"), "is below a file, not a directory; check the path"],
    [join(folder, "x".repeat(300)), "is longer than a path can be; use a shorter one"],
  ] as const) {
    assert.throws(() => readStackFile("own", name), {
      message: `Pulumi.own.yaml has 1 problem; nothing was changed.\n\n  ${name}: ${message}\n`,
    });
  }
});
