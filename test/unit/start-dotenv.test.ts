import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { environmentNames, parseDotEnv } from "../../scripts/start/dotenv.ts";

function values(text: string): Record<string, string> {
  const parsed = parseDotEnv(text);
  assert.deepEqual(parsed.problems, []);
  return Object.fromEntries(parsed.values);
}

test("names become config keys", () => {
  const text = Object.keys(environmentNames)
    .filter((name) => name !== "SLACK_WEBHOOK_URL")
    .map((name) => `${name}=x`)
    .join("\n");
  assert.deepEqual(values(text), {
    "visualization.adminUser": "x",
    grafanaAdminPassword: "x",
    pagerdutyCriticalKey: "x",
    pagerdutyHighKey: "x",
    pagerdutySecurityKey: "x",
    smtpPassword: "x",
    slackBotToken: "x",
  });
});

test("values are parsed as Node parses them", () => {
  assert.deepEqual(values("SMTP_PASSWORD = a b # from the provider"), { smtpPassword: "a b" });
  assert.deepEqual(values(`export SMTP_PASSWORD='a # "b"\\' # note`), { smtpPassword: 'a # "b"\\' });
  assert.deepEqual(values("SMTP_PASSWORD=\"a 'b' $c\"\r\n"), { smtpPassword: "a 'b' $c" });
  assert.deepEqual(values("SMTP_PASSWORD=`a \"b\" 'c'`"), { smtpPassword: "a \"b\" 'c'" });
  assert.deepEqual(values("SMTP_PASSWORD=p\\w== # p#w"), { smtpPassword: "p\\w==" });
});

for (const [line, told] of [
  ["SMTP_PASSWORD=canary#w", 'contains "#", which starts a comment; put the value in single quotes'],
  ["SMTP_PASSWORD=#canary", 'contains "#", which starts a comment; put the value in single quotes'],
  ['SMTP_PASSWORD="canary', "has a quote that is never closed"],
  [
    `SMTP_PASSWORD='canary'"canary"`,
    "has text after its closing quote; enclose the value in a quote that it does not contain: ', \" or `",
  ],
  ['SMTP_PASSWORD="canary\\n"', "has a backslash in double quotes; put the value in single quotes"],
] as const) {
  test(`a value that Node would change is rejected: ${line}`, () => {
    const { values, problems } = parseDotEnv(`# mine\n${line}\n`);
    assert.deepEqual([[...values], problems], [[], [`.env line 2: SMTP_PASSWORD ${told}`]]);
  });
}

test("an empty value counts as not set", () => {
  assert.deepEqual(values('SLACK_BOT_TOKEN=\nSLACK_WEBHOOK_URL=""\nSMTP_PASSWORD= # none\n'), {});
});

test("the example imports nothing and has every name", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", ".env.example"), "utf8");
  assert.deepEqual(values(text), {});
  const names = text.split("\n").flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
  assert.deepEqual(names.sort(), Object.keys(environmentNames).sort());
});

test("names of other programs are left alone", () => {
  const parsed = parseDotEnv("AWS_REGION=eu-central-1\nCOMPOSE_PROJECT_NAME=x\n");
  assert.deepEqual([parsed.ignored, parsed.problems], [["AWS_REGION", "COMPOSE_PROJECT_NAME"], []]);
});

test("all problems are reported together, with line numbers and without values", () => {
  const text = [
    "# mine",
    "SLACK_BOT_TOKEN=canary",
    "SLACK_WEBHOOK_URL=canary",
    "canary",
    "GRAFANA_ADMIN_PASWORD=canary",
    'SMTP_PASSWORD="canary',
    "PAGERDUTY_SERVICE_KEY_HIGH=canary",
    "PAGERDUTY_SERVICE_KEY_HIGH=canary",
  ];
  const { problems } = parseDotEnv(text.join("\n"));
  assert.deepEqual(problems, [
    ".env line 4: is not NAME=value; write one per line, and start comments with #",
    `.env line 5: GRAFANA_ADMIN_PASWORD is not a known key; did you mean "GRAFANA_ADMIN_PASSWORD"? Known keys are ${Object.keys(environmentNames).join(", ")}.`,
    ".env line 6: SMTP_PASSWORD has a quote that is never closed",
    ".env line 8: PAGERDUTY_SERVICE_KEY_HIGH is already set on line 7; keep one",
    ".env line 3: SLACK_BOT_TOKEN (line 2) and SLACK_WEBHOOK_URL (line 3) are both set; keep only the token, which reaches every channel",
  ]);
  assert.ok(!problems.join().includes("canary"));
});
