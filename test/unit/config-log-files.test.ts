import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const docker = { platform: "docker", environment: "test", alerting: { enabled: false } };

function problems(files: Record<string, unknown>, sources: Record<string, unknown> = {}): string[] {
  const values = { ...docker, logs: { sources: { ...sources, files } } };
  return problemsOf(() => toSettings({ stack: "test", values, secrets: new Set() }));
}

const paths = ["/srv/billing/*.log"];
const json = { paths, format: "json" };
const regex = { paths, format: "regex", pattern: "^(?P<at>\\S+) (?P<lvl>\\w+)" };
const at = "logs.sources.files.billing";
const re2 = "use RE2 syntax: https://github.com/google/re2/wiki/Syntax";
const groups = String.raw`'^(?P<time>\S+) (?P<level>\w+) (?P<message>.*)$'`;
const reference = `use Go's reference time in the notation of the log, such as "2006-01-02 15:04:05", or a name such as "RFC3339"`;

test("all problems with log files are reported together", () => {
  assert.deepEqual(
    problems({
      a: { paths: ["/srv/a.log"], format: "regex" },
      b: { paths: ["/srv/b.log"], format: "json", pattern: "(?P<time>x)" },
      c: { paths: ["/srv/c.log"], format: "regex", pattern: "x" },
      d: { ...regex, paths: ["/srv/d.log"], time: { field: "time" }, level: "level", message: "text", traceId: "at" },
      e: { paths: ["/srv/e.log"], format: "plain", time: { field: "time" }, level: "level" },
      f: { paths: ["/srv/f.log"], format: "json", time: { field: "time", timezone: "Europe/Berlin" } },
      g: {
        paths: ["/srv/g.log"],
        format: "json",
        time: { field: "time", format: "RFC3339", timezone: "Europe/Berlin" },
      },
      h: { paths: ["/srv/h.log"], format: "json", time: { field: "at", format: "UnixMs", timezone: "UTC" } },
      i: { paths: ["/srv/i.log"], format: "logfmt", level: "msg", message: "msg" },
    }),
    [
      `logs.sources.files.a.pattern: is required by format: regex; use an RE2 expression with named groups, such as ${groups}`,
      'logs.sources.files.b.pattern: is used only with format: regex; remove it, or change format "json"',
      `logs.sources.files.c.pattern: "x" has no named groups, which are the fields; name at least one, as in ${groups}`,
      'logs.sources.files.d.time.field: "time" is not a group of pattern; use at or lvl, or name a group (?P<time>…)',
      'logs.sources.files.d.level: "level" is not a group of pattern; use at or lvl, or name a group (?P<level>…)',
      'logs.sources.files.d.message: "text" is not a group of pattern; use at or lvl, or name a group (?P<text>…)',
      "logs.sources.files.e.time.field: is not supported by format: plain, which has no fields; remove it, or use format: json, logfmt or regex",
      "logs.sources.files.e.level: is not supported by format: plain, which has no fields; remove it, or use format: json, logfmt or regex",
      'logs.sources.files.f.time.timezone: "Europe/Berlin" is used only with time.format; set the format, or remove it',
      'logs.sources.files.g.time.timezone: "Europe/Berlin" is not used, because times in the format "RFC3339" have a time zone; remove it',
      'logs.sources.files.h.time.timezone: "UTC" is not used, because times in the format "UnixMs" have a time zone; remove it',
      'logs.sources.files.i.message: "msg" is also level; use another field, or remove message',
    ],
  );
});

test("a file that two sources read is reported, unless one is disabled", () => {
  const files = { a: { ...json, paths: ["/srv/a/*.log"] }, b: { ...json, paths: ["/srv/b.log", "/srv/a/main.log"] } };
  assert.deepEqual(problems(files), [
    'logs.sources.files.b.paths[1]: "/srv/a/main.log" is also read by logs.sources.files.a ("/srv/a/*.log"); remove it from one of them',
  ]);
  const nginx = { enabled: true, paths: ["/srv/nginx/access.log"] };
  const own = { billing: { ...json, paths: ["/srv/*/access.log"] } };
  assert.deepEqual(problems(own, { nginx }), [
    `${at}.paths[0]: "/srv/*/access.log" is also read by logs.sources.nginx ("/srv/nginx/access.log"); remove it from one of them`,
  ]);
  assert.deepEqual(problems(own, { nginx: { ...nginx, enabled: false } }), []);
  assert.deepEqual(problems({ billing: { ...json, paths: ["/srv/a.log", "/srv/a.log"] } }), [
    `${at}.paths[1]: "/srv/a.log" is also read by ${at} ("/srv/a.log"); remove it from one of them`,
  ]);
});

const values: readonly [files: unknown, ...expected: string[]][] = [
  [{ format: "json" }, `${at}.paths: is required; use a list, such as ["/var/log/app/*.log"]`],
  [{ paths: [], format: "json" }, `${at}.paths: [] is too short; use at least 1 item`],
  [{ paths }, `${at}.format: is required; use "json", "logfmt", "regex" or "plain"`],
  [{ paths, format: "xml" }, `${at}.format: "xml" is not supported; use "json", "logfmt", "regex" or "plain"`],
  [
    { paths: ["billing.log"], format: "json" },
    `${at}.paths[0]: "billing.log" is not an absolute path; use a path such as "/var/log/app/*.log"`,
  ],
  [
    { paths: ["/proc/billing/*.log"], format: "json" },
    `${at}.paths[0]: "/proc/billing/*.log" would mount the host's /proc/billing over that of the collector; move the logs to another directory, such as "/var/log/app/*.log"`,
  ],
  [
    { paths: ["/srv/../etc/*.log"], format: "json" },
    `${at}.paths[0]: "/srv/../etc/*.log" contains "." or ".."; use the path that it stands for`,
  ],
  [
    { ...json, service: "Billing API" },
    `${at}.service: "Billing API" is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"`,
  ],
  [
    { ...json, level: "le vel" },
    `${at}.level: "le vel" is not a valid field name; use letters, digits and "_ @ / : -", with dots between nested keys, such as "event.created"`,
  ],
  [
    { ...regex, pattern: "(?P<time>\\S+" },
    `${at}.pattern: "(?P<time>\\\\S+" is not a valid regular expression (error parsing regexp: missing closing ): \`(?P<time>\\S+\`); ${re2}`,
  ],
  [
    { ...regex, pattern: "(?=x)(?P<time>y)" },
    `${at}.pattern: "(?=x)(?P<time>y)" is not a valid regular expression (error parsing regexp: invalid or unsupported Perl syntax: \`(?=\`); ${re2}`,
  ],
  [
    { ...json, firstLine: "[" },
    `${at}.firstLine: "[" is not a valid regular expression (error parsing regexp: missing closing ]: \`[\`); ${re2}`,
  ],
  [{ ...json, firstLine: "" }, `${at}.firstLine: "" is empty; use a regular expression, or remove the key`],
  [
    { ...json, time: { format: "RFC3339" } },
    `${at}.time.field: is required; use letters, digits and "_ @ / : -", with dots between nested keys, such as "event.created"`,
  ],
  [
    { ...json, time: { field: "at", format: "2006-01-02 15:04:05", timezone: "Europe/Berln" } },
    `${at}.time.timezone: "Europe/Berln" is not a valid time zone; use an IANA name, such as "Europe/Berlin"`,
  ],
  [
    { ...json, labels: { team: "shop" } },
    `${at}.labels: is not a known key; known keys are service, paths, format, pattern, time, level, message, traceId, firstLine`,
  ],
];

for (const [files, ...expected] of values) {
  test(`rejected: ${JSON.stringify(files)}`, () => {
    assert.deepEqual(problems({ billing: files }), expected);
  });
}

const formats: readonly [format: string, problem: string][] = [
  ["%Y-%m-%d %H:%M:%S", 'is not a Go time layout; use "2006-01-02 15:04:05"'],
  ["%d/%b/%Y:%H:%M:%S %z", 'is not a Go time layout; use "02/Jan/2006:15:04:05 -0700"'],
  ["yyyy-MM-dd HH:mm:ss,SSS", 'is not a Go time layout; use "2006-01-02 15:04:05,000"'],
  ["yyyy-MM-dd'T'HH:mm:ssXXX", 'is not a Go time layout; use "2006-01-02T15:04:05Z07:00"'],
  ["rfc3339", 'is not a time format; use "RFC3339"'],
  ["YYYYMMDD", `has no time of day; ${reference}`],
  ["%Y-%m-%d", `has no time of day; ${reference}`],
  ["%Q", `is not a time format; ${reference}`],
  ["iso", `is not a time format; ${reference}`],
  ["15:04:05", `has no date; ${reference}`],
  ["2006-01-02", `has no time of day; ${reference}`],
  ["2006-01-02 15h", `has no minutes; ${reference}`],
  ["2006-01-02 03:04:05", `has hours from 1 to 12, but no "PM"; ${reference}`],
  ["2025-11-28 10:00:00", `has digits that are not of Go's reference time, Mon Jan 2 15:04:05 2006; ${reference}`],
  ["2006年01月02日 15:04", `contains characters other than printable ASCII; ${reference}`],
];

for (const [format, problem] of formats) {
  test(`rejected: the time format ${format}`, () => {
    const expected = `${at}.time.format: ${JSON.stringify(format)} ${problem}`;
    assert.deepEqual(problems({ billing: { ...json, time: { field: "at", format } } }), [expected]);
  });
}

test("layouts of Go and their names are accepted", () => {
  const accepted = [
    "RFC1123Z",
    "Unix",
    "2006-01-02T15:04:05.999999999",
    "20060102150405",
    "Jan _2 15:04:05",
    "1/2/06 3:04:05 PM",
    "Monday, 02-Jan-06 15:04:05 MST",
    "2006-002 15:04",
  ];
  for (const format of accepted)
    assert.deepEqual(problems({ billing: { ...json, time: { field: "at", format } } }), [], format);
});
