// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana variables use the same syntax
import assert from "node:assert/strict";
import { test } from "node:test";
import { all, inQuery, inText, type Resolved, type Scope } from "../../../viewer/src/scope.ts";

const resolved = (
  values: string[],
  variable: Partial<Resolved["variable"]> = {},
  options: string[] = [],
): Resolved => ({
  variable: { name: "service", type: "query", multi: true, includeAll: true, ...variable },
  values,
  options,
});

const range = { raw: { from: "now-1h", to: "now" } } as Scope["range"];
const scope = (service: Resolved): Scope => ({ variables: new Map([["service", service]]), range });

test("All expands to the variable's allValue, else to all options", () => {
  assert.equal(inQuery('up{s=~"$service"}', scope(resolved([all], { allValue: ".+" }))), 'up{s=~".+"}');
  assert.equal(inQuery('up{s=~"$service"}', scope(resolved([all], {}, ["a", "b"]))), 'up{s=~"(a|b)"}');
});

test("values are escaped in queries", () => {
  assert.equal(
    inQuery('up{s=~"$service"}', scope(resolved(['a.b"} or vector(1) #']))),
    'up{s=~"a\\\\.b\\"\\\\} or vector\\\\(1\\\\) #"}',
  );
  const text = resolved(['"} or vector(1)'], { type: "textbox", multi: false, includeAll: false });
  assert.equal(inQuery('{a="$service"}', scope(text)), '{a="\\"} or vector(1)"}');
});

test("built-in variables are replaced, unknown ones are kept", () => {
  assert.equal(
    inQuery("rate(x[$__rate_interval]) ${other}", scope(resolved(["a"])), { __rate_interval: "1m" }),
    "rate(x[1m]) ${other}",
  );
});

test("links include the selected values and the time range", () => {
  const text = "/d/logs?${service:queryparam}&${__url_time_range}";
  assert.equal(
    inText(text, scope(resolved(["a b", "c&d"]))),
    "/d/logs?var-service=a%20b&var-service=c%26d&from=now-1h&to=now",
  );
  assert.equal(inText(text, scope(resolved([all]))), "/d/logs?var-service=%24__all&from=now-1h&to=now");
});

test("data links include URL-encoded labels of the series", () => {
  const field = { name: "Value", labels: { service: "a&b" }, values: [7] };
  const scoped = { __dataContext: { value: { field, frame: { fields: [{ values: [5] }, field] }, rowIndex: 0 } } };
  const link = (text: string) => inText(text, scope(resolved([all])), scoped as never, "uriencode");
  assert.equal(link("?s=${__field.labels.service}&v=${__value.raw}&t=${__value.time}"), "?s=a%26b&v=7&t=5");
  assert.equal(link("${__field.labels.absent}"), "");
});
