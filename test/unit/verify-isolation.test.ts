import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { checkIsolation, isolationProbe } from "../../scripts/verify/isolation.ts";

const root = resolve(import.meta.dirname, "..", "..");
const settings = toSettings(readStackFile("prod", join(root, "Pulumi.prod.yaml")), { requireSecrets: false });
const ready = { podIP: "10.0.0.7", conditions: [{ type: "Ready", status: "True" }] };

/** Runs the check with a kubectl that lists these pods of Prometheus, and whose Job ends with an exit code. */
async function check(
  context: TestContext,
  { prometheus = [ready] as object[], exitCode = 0, create = "printf probe-1" },
) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-isolation-"));
  const list = (statuses: readonly object[]) => JSON.stringify({ items: statuses.map((status) => ({ status })) });
  writeFileSync(join(folder, "prometheus"), list(prometheus));
  writeFileSync(join(folder, "probe"), list([{ containerStatuses: [{ state: { terminated: { exitCode } } }] }]));
  const kubectl = `#!/bin/sh
echo "$*" >> '${folder}/calls'
case "$*" in
  *" get pods "*name=prometheus*) cat '${folder}/prometheus' ;;
  *" get pods "*job-name=probe-1*) cat '${folder}/probe' ;;
  *" create "*) cat > '${folder}/created'; ${create} ;;
  *" logs "*) echo "wget: not found" ;;
esac
`;
  writeFileSync(join(folder, "kubectl"), kubectl, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  context.after(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });
  const findings = await checkIsolation({ name: "prod", settings }).catch(({ message }: Error) => message);
  const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  const created = (): unknown => JSON.parse(readFileSync(join(folder, "created"), "utf8"));
  return { findings, calls, created };
}

const what = "NetworkPolicies";
const deletes = "--namespace monitoring delete job probe-1 --ignore-not-found --wait=false";

test("a blocked connection is a success, and the Job is deleted", async (context) => {
  const { findings, calls, created } = await check(context, {});
  assert.deepEqual(findings, [{ state: "ok", what, detail: "a forbidden connection to Prometheus is blocked" }]);
  assert.equal(calls.at(-1), deletes);
  assert.deepEqual(created(), JSON.parse(JSON.stringify(isolationProbe(settings, "10.0.0.7"))));
});

test("an open connection fails, and the message says what to do", async (context) => {
  const { findings, calls } = await check(context, { exitCode: 3 });
  const detail =
    "not enforced: a pod that may not reach Prometheus did. Install a network plugin that enforces them, such as Calico or Cilium";
  assert.deepEqual(findings, [{ state: "failed", what, detail }]);
  assert.equal(calls.at(-1), deletes);
});

test("a probe that cannot run is not a success", async (context) => {
  const { findings, calls } = await check(context, { exitCode: 1 });
  assert.deepEqual(findings, [{ state: "failed", what, detail: "the probe failed: wget: not found" }]);
  assert.equal(calls.at(-1), deletes);
});

test("without a ready Prometheus, no Job is created", async (context) => {
  for (const prometheus of [[], [{ ...ready, conditions: [{ type: "Ready", status: "False" }] }]]) {
    const { findings, calls } = await check(context, { prometheus });
    const detail = "no ready Prometheus pod in namespace monitoring of kubectl's current context";
    assert.deepEqual(findings, [{ state: "failed", what, detail }]);
    assert.equal(calls.filter((call) => call.includes(" create ")).length, 0);
  }
});

test("a Job that the API server rejects is reported", async (context) => {
  const { findings } = await check(context, { create: "echo 'exceeded quota' >&2; exit 1" });
  assert.match(String(findings), /exceeded quota/);
});

/** Runs the probe's script with a wget that prints a message and exits with a code, and a sleep that does not wait. */
function runScript(context: TestContext, wget: string) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-probe-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "wget"), `#!/bin/sh\necho "$@" >> '${folder}/calls'\n${wget}\n`, { mode: 0o755 });
  writeFileSync(join(folder, "sleep"), "#!/bin/sh\n", { mode: 0o755 });
  const [, , script = ""] = isolationProbe(settings, "fd00::7").spec.template.spec.containers[0]?.command ?? [];
  const { status } = spawnSync("/bin/sh", ["-c", script], { env: { PATH: folder } });
  return {
    status,
    calls: execFileSync("cat", [join(folder, "calls")], { encoding: "utf8" })
      .trim()
      .split("\n"),
  };
}

for (const [name, wget, status, calls] of [
  ["every answer", "exit 0", 3, 5],
  ["an error of the server", "echo 'wget: server returned error: HTTP/1.0 400 Bad Request' >&2; exit 1", 3, 5],
  ["a timeout", "echo 'wget: download timed out' >&2; exit 1", 0, 1],
  ["a refused connection", 'echo "wget: can\'t connect to remote host: Connection refused" >&2; exit 1', 0, 1],
] as const) {
  test(`the probe's script: ${name}`, (context) => {
    const result = runScript(context, wget);
    assert.deepEqual([result.status, result.calls.length], [status, calls]);
    assert.ok(
      result.calls.every((call) => call.endsWith("http://[fd00::7]:9090/-/healthy")),
      result.calls[0],
    );
  });
}

test("the probe has no credentials, keeps to Pod Security restricted, and ends and disappears on its own", () => {
  const { spec } = isolationProbe(settings, "10.0.0.7");
  const pod = spec.template.spec;
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.deepEqual(pod.containers[0]?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual([spec.backoffLimit, spec.activeDeadlineSeconds, spec.ttlSecondsAfterFinished], [0, 120, 60]);
});
