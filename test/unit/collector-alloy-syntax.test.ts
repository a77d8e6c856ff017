import assert from "node:assert/strict";
import { test } from "node:test";
import { Reference, toAlloy } from "../../config/products/collector/alloy-syntax.ts";

test("equals signs are aligned up to a multi-line value", () => {
  const text = toAlloy([
    {
      name: "loki.write",
      label: "loki",
      attributes: { a: 1, longer: { b: true }, c: "x", left_out: undefined },
      blocks: [{ name: "endpoint", attributes: { url: "http://loki" } }, { name: "wal" }],
    },
  ]);
  assert.equal(
    text,
    `loki.write "loki" {
	a      = 1
	longer = {
		b = true,
	}
	c = "x"

	endpoint {
		url = "http://loki"
	}

	wal { }
}
`,
  );
});

test("a pattern is written as a raw string, without escapes", () => {
  const text = toAlloy([{ name: "stage.regex", attributes: { expression: '^\\d+ "x"' } }]);
  assert.equal(text, 'stage.regex {\n\texpression = `^\\d+ "x"`\n}\n');
});

test("text that a raw string cannot contain is escaped", () => {
  const text = toAlloy([{ name: "a", attributes: { tick: "`\\", lines: "1\n2" } }]);
  assert.equal(text, 'a {\n\ttick  = "`\\\\"\n\tlines = "1\\n2"\n}\n');
});

test("references are not quoted, alone and in a list", () => {
  const receiver = new Reference("loki.write.loki.receiver");
  assert.equal(
    toAlloy([{ name: "a", attributes: { one: receiver, many: [receiver, receiver] } }]),
    "a {\n\tone  = loki.write.loki.receiver\n\tmany = [loki.write.loki.receiver, loki.write.loki.receiver]\n}\n",
  );
});
