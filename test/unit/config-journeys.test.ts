import assert from "node:assert/strict";
import { test } from "node:test";
import { allJourneys, renderJourneys, runnerSecrets } from "../../config/products/journeys/journeys.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const settingsOf = (values: Record<string, unknown>, secrets: readonly string[] = []) =>
  toSettings({
    stack: "test",
    values: { platform: "docker", environment: "test", alerting: { enabled: false }, ...values },
    secrets: new Set(secrets),
  });

function problems(probes: Record<string, unknown>, secrets: readonly string[] = [], more = {}): string[] {
  return problemsOf(() => settingsOf({ probes, ...more }, secrets));
}

const url = "https://shop.example/login";
const open = { name: "open", request: { url } };
const journey = (steps: readonly unknown[], more: Record<string, unknown> = {}) => ({ name: "shop", steps, ...more });

test("all problems with journeys are reported together", () => {
  assert.deepEqual(
    problems({
      targets: [{ name: "page", kind: "http", url: "https://shop.example" }],
      journeys: [
        journey([open, open], { every: "20s", timeout: "30s" }),
        journey([{ ...open, timeout: "20s" }], { timeout: "10s" }),
        journey([open], { name: "page", team: "nobody" }),
        journey([{ name: "open", request: { url: "http://shop.example" } }], {
          name: "plain",
          tls: { insecureSkipVerify: true },
        }),
        journey(
          [
            { name: "get", request: { url, json: { a: "b" }, form: { c: "d" } }, save: { none: {} } },
            { name: "both", request: { url }, save: { id: { json: "$.id", header: "Id" } } },
          ],
          { name: "bodies" },
        ),
        journey(
          [
            { name: "early", request: { url: "${to}", headers: { "X-Song": "${song}" } } },
            {
              name: "sign-in",
              request: { method: "POST", url, json: { user: ["${secret.User}"] } },
              save: { token: { json: "$.t" } },
            },
            { name: "wrong", request: { url: `${url}/\${tokn}`, headers: { Authorization: "Bearer ${token}" } } },
            { name: "secret", request: { url: "${secret.link}" } },
          ],
          { name: "values" },
        ),
      ],
    }),
    [
      'probes.journeys[2].team: team "nobody" is not known; use platform, audio, product, security or database, or add it to alerting.teams',
      'probes.journeys[0].timeout: "30s" is longer than probes.journeys[0].every "20s"; use at most "20s"',
      'probes.journeys[0].steps[1].name: "open" is the name of an earlier step; use another name',
      'probes.journeys[1].name: "shop" is the name of another probe or journey; use another name',
      'probes.journeys[1].steps[0].timeout: "20s" is longer than probes.journeys[1].timeout "10s"; use at most "10s"',
      'probes.journeys[2].name: "page" is the name of another probe or journey; use another name',
      "probes.journeys[3].tls: has no effect without TLS; use an https URL, or remove tls",
      "probes.journeys[4].steps[0].request.json: cannot be sent with method: GET; use a method such as POST, or remove json",
      "probes.journeys[4].steps[0].request.form: cannot be combined with json; use one of json, form and body",
      'probes.journeys[4].steps[0].save.none: needs exactly one source; use json, header or cookie, such as {json: "$.token"}',
      'probes.journeys[4].steps[1].save.id: needs exactly one source; use json, header or cookie, such as {json: "$.token"}',
      "probes.journeys[5].steps[0].request.url: ${to} is saved by no earlier step; add it to save of an earlier step",
      "probes.journeys[5].steps[0].request.headers.X-Song: ${song} is saved by no earlier step; add it to save of an earlier step",
      "probes.journeys[5].steps[1].request.json.user[0]: ${secret.User} has no valid name; use lower-case letters and digits, such as ${secret.password}",
      "probes.journeys[5].steps[2].request.url: ${tokn} is saved by no earlier step; use ${token}, or add it to save of an earlier step",
      "probes.journeys[5].steps[3].request.url: is a secret; use a URL with the secret in its path or query",
      "journeySecret-values-link: is required by probes.journeys[5]; run `pulumi config set --secret journeySecret-values-link --stack test`",
    ],
  );
});

const step = (request: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  journey([{ name: "open", request: { url, ...request }, ...more }]);
const re2 = "use RE2 syntax: https://github.com/google/re2/wiki/Syntax";
const at = "probes.journeys[0].steps[0]";

const rejected: [journey: Record<string, unknown>, problem: string][] = [
  [
    step({ url: "shop.example/login" }),
    `${at}.request.url: "shop.example/login" is not a valid URL; use an absolute URL, such as "https://host.example.com"`,
  ],
  [
    step({ url: "https://me:secret@shop.example" }),
    `${at}.request.url: "https://***@shop.example" contains credentials, which would be stored in clear text in the state; use a URL without user and password`,
  ],
  [
    step({ url: "https://${host}/login" }),
    `${at}.request.url: "https://\${host}/login" has a placeholder in its host; use a fixed host, and placeholders in the path and query only`,
  ],
  [step({}, { expect: { status: 42 } }), `${at}.expect.status: 42 is too small; use at least 100`],
  [
    step({}, { expect: { body: "(?=ok)" } }),
    `${at}.expect.body: "(?=ok)" is not a valid regular expression (error parsing regexp: invalid or unsupported Perl syntax: \`(?=\`); ${re2}`,
  ],
  [
    step({}, { expect: { json: "body.status == " } }),
    `${at}.expect.json: "body.status == " is not a valid CEL expression (Unexpected token: EOF); use an expression such as "body.status == 'ok'"`,
  ],
  [
    step({}, { save: { token: { json: "token" } } }),
    `${at}.save.token.json: "token" is not a valid JSON path (expected '$', found 't' ('token':0)); use a path such as "$.token"`,
  ],
  [journey([]), "probes.journeys[0].steps: [] is too short; use at least 1 item"],
  [journey([open], { every: "5s" }), 'probes.journeys[0].every: "5s" is too short; use at least "10s"'],
];

test("invalid URLs, expectations and paths are rejected", () => {
  for (const [wrong, problem] of rejected) assert.deepEqual(problems({ journeys: [wrong] }), [problem]);
});

test("a secret in clear text in a URL, a header or a body is rejected, and the message does not repeat it", () => {
  const post = (request: Record<string, unknown>) => step({ method: "POST", ...request });
  const clear: [journey: Record<string, unknown>, where: string][] = [
    [step({ url: `${url}?api_key=canary-1` }), "url"],
    [step({ headers: { Authorization: "Bearer canary-1" } }), "headers.Authorization"],
    [step({ headers: { Cookie: "sid=canary-1" } }), "headers.Cookie"],
    [step({ headers: { "X-Other": "ghp_canary1canary1" } }), "headers.X-Other"],
    [step({ headers: { "X-Api-Key": "canary-1-${runId}" } }), "headers.X-Api-Key"],
    [post({ json: { user: { accessToken: "canary-1" } } }), "json.user.accessToken"],
    [post({ json: { list: [{ pin: "x" }, { password: "canary-1" }] } }), "json.list[1].password"],
    [post({ form: { passwd: "canary-1" } }), "form.passwd"],
    [post({ body: "user=ann&password=canary-1" }), "body"],
    [post({ body: '{"password": "canary-1"}' }), "body"],
    [post({ body: "<password>canary-1</password>" }), "body"],
  ];
  for (const [wrong, where] of clear) {
    assert.deepEqual(problems({ journeys: [wrong] }), [
      `${at}.request.${where}: would store a secret in clear text in the state; use \${secret.<name>} with the secret journeySecret-shop-<name>`,
    ]);
  }
});

test("ordinary requests, secrets and saved values are accepted", () => {
  const steps = [
    {
      name: "sign-in",
      request: { method: "POST", url: `${url}?page=2`, form: { user: "ann", password: "${secret.password}" } },
      save: { token: { json: "$['access_token']" }, to: { header: "Location" }, sid: { cookie: "sid" } },
    },
    {
      name: "create",
      request: {
        method: "POST",
        url: `${url}/\${runId}?token=\${token}`,
        headers: { Authorization: "Bearer ${token}", Cookie: "sid=${sid}", "X-Keyboard": "a" },
        json: { key: "C major", token_type: "bearer", count: 3, password: "${secret.password}" },
      },
    },
    { name: "text", request: { method: "PUT", url, body: '{"password": "${secret.password}", "key": "C"}' } },
    { name: "follow", request: { url: "${to}" } },
  ];
  assert.deepEqual(problems({ journeys: [journey(steps)] }, ["journeySecret-shop-password"]), []);
});

test("the runner gets seconds, and the names of secrets, not their values", () => {
  const steps = [{ ...open, request: { url, headers: { Authorization: "Basic ${secret.basic}" } }, timeout: "2s" }];
  const settings = settingsOf({ probes: { journeys: [journey(steps, { every: "20s", team: "audio" })] } }, [
    "journeySecret-shop-basic",
  ]);
  assert.deepEqual(runnerSecrets(settings), ["journeySecret-shop-basic"]);
  assert.deepEqual(JSON.parse(renderJourneys(settings)[0]?.content ?? ""), {
    journeys: [
      {
        name: "shop",
        service: "shop",
        team: "audio",
        every: 20,
        timeout: 20,
        tls: { insecureSkipVerify: false },
        secrets: { basic: "journeySecret-shop-basic" },
        steps: [
          {
            name: "open",
            timeout: 2,
            request: { method: "GET", url, headers: { Authorization: "Basic ${secret.basic}" } },
          },
        ],
      },
    ],
  });
});

test("an objective may be of a journey", () => {
  const slo = { name: "sign-in", service: "shop", of: "probe", probe: "shop" };
  assert.deepEqual(problems({ journeys: [journey([open])] }, [], { slos: [slo] }), []);
  assert.deepEqual(problems({ journeys: [journey([open])] }, [], { slos: [{ ...slo, probe: "other" }] }), [
    'slos[0].probe: "other" is not a known probe; use "shop", or add it to probes.targets',
  ]);
});

test("disabled probes have no journeys", () => {
  assert.deepEqual(allJourneys(settingsOf({ probes: { enabled: false, journeys: [journey([open])] } })), []);
});
