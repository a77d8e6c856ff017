import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsOf, pathMistakes, shellMistakes } from "./commands.ts";
import { configMistakes, isConfigKey, keyMistakes } from "./config-keys.ts";
import { diagramMistakes } from "./diagrams.ts";
import { brokenLinks } from "./links.ts";
import { type Block, page } from "./pages.ts";
import { logqlMistakes, metricMistakes, promqlMistakes } from "./queries.ts";
import { dockerNameMistakes, kubectlMistakes, renderedMistakes } from "./rendered.ts";
import { diffMistakes, excerptMistakes, jsonMistakes, yamlMistakes } from "./samples.ts";

/** The first block of a page that has this one. */
function block(language: string, text: string): Block {
  const [found] = page("docs/PAGE.md", `# Page\n\n\`\`\`${language}\n${text}\n\`\`\`\n`).blocks;
  assert.ok(found);
  return found;
}

/** Mistakes without the words that explain them. */
const begins = (mistakes: readonly string[], ...starts: readonly string[]) => {
  assert.equal(mistakes.length, starts.length, mistakes.join("\n"));
  for (const [index, start] of starts.entries()) assert.ok(mistakes[index]?.startsWith(start), mistakes[index]);
};

test("broken links are reported with their line", () => {
  const text = `# A heading, with \`code\`

[good](../README.md), [good](#a-heading-with-code), <https://prometheus.io/docs/>
[bad](NOWHERE.md)
[bad](../README.md#nowhere)
[bad](../config/settings/schema.ts#L10) [bad](http://example.com) [bad](https://nohost)
[bad](https://github.com/white-room/white-room-monitoring/blob/main/NOWHERE.md) <img src="images/nowhere.png">
`;
  begins(
    brokenLinks(page("docs/PAGE.md", text)),
    'docs/PAGE.md:4: "NOWHERE.md" leads to docs/NOWHERE.md, which does not exist',
    'docs/PAGE.md:5: "../README.md#nowhere": README.md has no heading for "#nowhere"',
    'docs/PAGE.md:6: "../config/settings/schema.ts#L10" points into config/settings/schema.ts, whose lines move',
    'docs/PAGE.md:6: "http://example.com" is not https',
    'docs/PAGE.md:6: "https://nohost" has no host',
    "docs/PAGE.md:7: NOWHERE.md does not exist",
    'docs/PAGE.md:7: "images/nowhere.png" leads to docs/images/nowhere.png',
  );
});

test("queries of unknown metrics and labels are reported", () => {
  assert.deepEqual(promqlMistakes('sum by (service) (rate(whiteroom_ffi_calls_total{result="error"}[5m]))'), []);
  begins(promqlMistakes("rate(whiteroom_requests_total[5m])"), "asks for whiteroom_requests_total, which no target");
  begins(promqlMistakes('whiteroom_ffi_calls_total{outcome="error"}'), "selects by outcome, which whiteroom_ffi_calls");
  begins(promqlMistakes('whiteroom_ffi_calls_total{result="failed"}'), 'result="failed" matches no value');
  begins(promqlMistakes('ALERTS{alertname="HighCpu"}'), 'alertname="HighCpu" matches no value');
  begins(promqlMistakes("sum by (mode) (whiteroom_ffi_calls_total)"), "groups by mode, a label that nothing");
  begins(promqlMistakes("rate(up[5m]"), "does not parse");
  assert.deepEqual(logqlMistakes('{service="nginx", level=~"error|critical"} | json | status = "500"'), []);
  begins(logqlMistakes('{app="nginx"}'), "selects by app, which no log stream has");
  begins(logqlMistakes('{level="fatal"}'), 'level="fatal" matches none of');
  begins(logqlMistakes('{service="nginx"'), "does not parse");
  assert.deepEqual(metricMistakes("`whiteroom_ffi_*` and whiteroom_session_duration_seconds"), []);
  begins(metricMistakes("whiteroom_ffi_latency"), "metric whiteroom_ffi_latency does not exist");
});

test("nested commands are found", () => {
  const script = `sudo docker exec -it --user 0 box sh -c 'cat /x | jq .' && kubectl -n a exec svc/b -- promtool query \\
  instant http://localhost:9090 up
for i in 1 2; do X=$(curl -s http://localhost) timeout 5s ls; done`;
  assert.deepEqual(
    commandsOf(script).map(([program]) => program),
    ["sudo", "docker", "sh", "cat", "jq", "kubectl", "promtool", "timeout", "ls", "curl"],
  );
});

test("invalid commands are reported", () => {
  const good = `npm run drill -- --severity p0
./start.sh --stack dev --yes
docker exec white-room-dev-prometheus promtool query instant http://localhost:9090 'up == 0'
curl -sG http://localhost:3100/loki/api/v1/query_range --data-urlencode 'query={service="nginx"}'
pulumi config set --path metrics.port 19090
pulumi config set --secret postgresPassword-primary
node --test test/docs/mistakes.test.ts`;
  assert.deepEqual(shellMistakes(good), []);
  begins(shellMistakes("echo 'open"), "bash: line 1: unexpected EOF");
  begins(shellMistakes("frobnicate --now"), '"frobnicate" is neither a file of the project nor a program');
  begins(
    shellMistakes("sudo scripts/nowhere.sh"),
    "scripts/nowhere.sh does not exist",
    '"scripts/nowhere.sh" is neither a file',
  );
  begins(shellMistakes("npm run drills"), "npm run drills: package.json has");
  begins(shellMistakes("npm run drill -- --severities p0"), "npm run drill has no --severities");
  begins(shellMistakes("npm run drill --severity p0"), 'npm run drill: arguments must follow "--"');
  begins(shellMistakes("./start.sh --down"), "start.sh has no --down");
  begins(shellMistakes("node config/nowhere.ts"), "config/nowhere.ts does not exist");
  begins(shellMistakes("docker exec x promtool query instant http://localhost:9090 'nope'"), "asks for nope");
  begins(shellMistakes("curl -G http://localhost:9090/api/v1/query --data-urlencode 'query=nope'"), "asks for nope");
  begins(shellMistakes("curl -G http://localhost:3100/loki/api/v1/query -d 'query={app=\"x\"}'"), "selects by app");
  begins(shellMistakes("amtool silence add alertname=HighCpu"), "alert HighCpu does not exist");
  begins(pathMistakes("config/<name>.ts"));
  begins(pathMistakes("config/nowhere/<name>.ts"), "config/nowhere/<name>.ts does not exist");
});

test("config that the schema rejects is reported", () => {
  for (const key of ["metrics.retentionTime", "alerting.rules.<AlertName>.for", "metrics.port: 19090"]) {
    assert.ok(isConfigKey(key), key);
    assert.deepEqual(keyMistakes(key), []);
  }
  for (const text of ["cluster.local", "metrics.ts", "docs.md"]) assert.ok(!isConfigKey(text), text);
  begins(keyMistakes("metrics.retention"), "metrics.retention is not a key");
  begins(keyMistakes("metrics.port: 70000"), "metrics.port: 70000 is too large");
  const set = (...words: string[]) => configMistakes(["config", "set", ...words]);
  begins(set("pagerdutyCriticalKey", "x"), "pagerdutyCriticalKey is a secret; use --secret");
  begins(set("--secret", "cluster"), "cluster is no secret");
  begins(set("metrics.port", "1"), "metrics.port is a path; use --path");
  begins(set("--path", "metrics.prot", "1"), "metrics.prot is not a key");
  begins(set("--path", "logs.collector", "fluentd"), 'logs.collector: "fluentd" is not supported');
});

test("YAML, JSON, diagrams and diffs that do not parse or apply are reported", async () => {
  const config = (key: string) => block("yaml", `config:\n  white-room-monitoring:metrics:\n    ${key}`);
  assert.deepEqual(yamlMistakes(config("retentionTime: 30d")), []);
  begins(yamlMistakes(config("retentionTiem: 30d")), "docs/PAGE.md:4: metrics.retentionTiem: is not a known key");
  begins(yamlMistakes(block("yaml", "config:\n  metrics: {}")), 'docs/PAGE.md:4: "metrics" has no namespace');
  begins(yamlMistakes(block("yaml", "a: [1")), "docs/PAGE.md:4: ");
  const rules = (expr: string) => block("yaml", `groups: [{name: a, rules: [{alert: B, expr: '${expr}'}]}]`);
  assert.deepEqual(yamlMistakes(rules('sum(rate({job="nginx"} |= "x" [5m])) > 1')), []);
  begins(yamlMistakes(rules("nope > 1")), "docs/PAGE.md:4: asks for nope");
  begins(jsonMistakes(block("json", "{a: 1}")), "docs/PAGE.md:4: ");
  assert.deepEqual(await diagramMistakes(block("mermaid", "flowchart LR\n  a[one<br>two] --> b[(three)]")), []);
  begins(await diagramMistakes(block("mermaid", "flowchart LR\n  a[one --> b")), "docs/PAGE.md:4: Parse error");
  const second = "description: A complete observability stack for White Room, on Docker or Kubernetes.";
  const diff = (line: string) => `--- a/Pulumi.yaml\n+++ b/Pulumi.yaml\n@@ -1,2 +1,3 @@\n ${line}\n+x: 1\n ${second}`;
  assert.deepEqual(diffMistakes([block("diff", diff("name: white-room-monitoring"))]), []);
  begins(diffMistakes([block("diff", diff("name: other"))]), "docs/PAGE.md:4: does not apply");
});

test("code that matches no file is reported", () => {
  const code = (text: string) => block("ts", `// config/settings/units.ts\n${text}`);
  assert.deepEqual(excerptMistakes(code("/** A TCP port. */\nexport const port = z.int().min(1).max(65_535);")), []);
  begins(excerptMistakes(code("export const prot = 1;")), "docs/PAGE.md:4: is not a piece of config/settings/units.ts");
  begins(excerptMistakes(block("ts", "// config/nowhere.ts\nx")), "docs/PAGE.md:4: config/nowhere.ts does not exist");
  begins(excerptMistakes(block("cpp", "int main() {}")), "docs/PAGE.md:4: a cpp block begins with a comment");
});

test("unknown object names and values that differ from rendered files are reported", () => {
  const stack = {
    docker: new Set(["white-room-dev-loki"]),
    objects: [{ kind: "Service", metadata: { name: "loki", labels: { "app.kubernetes.io/name": "loki" } } }],
  };
  assert.deepEqual(dockerNameMistakes("docker logs white-room-dev-loki; x white-room-dev", stack), []);
  begins(
    dockerNameMistakes("docker logs white-room-dev-lokki", stack),
    "no container or volume is named white-room-dev-lokki",
  );
  assert.deepEqual(kubectlMistakes("kubectl -n monitoring exec svc/loki -- ls; kubectl get svc/x -n other", stack), []);
  begins(kubectlMistakes("kubectl -n monitoring exec svc/lokki -- ls", stack), "no Service is named lokki");
  begins(kubectlMistakes("kubectl -n monitoring get pods -l app.kubernetes.io/name=x", stack), "no workload has");
  const shown = block("yaml", "# rendered: dev x.yml\na: {b: 1, c: [2]}");
  assert.deepEqual(renderedMistakes(shown, "a: {b: 1, c: [3, 2]}\nd: 4"), []);
  begins(
    renderedMistakes(shown, "a: {b: 2, c: [3]}"),
    "docs/PAGE.md:4: a.b is 2, not 1",
    "docs/PAGE.md:4: a.c has no 2",
  );
});
