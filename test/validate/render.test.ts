import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadAll } from "js-yaml";
import { render } from "../../scripts/render.ts";
import { binary, needs } from "../binaries.ts";

describe("rendered prod", () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-prod-"));
  const rendered = join(directory, "first");

  before(async () => {
    await render("prod", rendered, { withSecrets: false });
  });

  after(() => rmSync(directory, { recursive: true }));

  test("Prometheus accepts its config and every rule file", needs("promtool"), () => {
    execFileSync(binary("promtool"), ["check", "config", join(rendered, "prometheus/prometheus.yml")], {
      stdio: "pipe",
    });
  });

  test("Alertmanager accepts its config and templates", needs("amtool"), () => {
    execFileSync(binary("amtool"), ["check-config", join(rendered, "alertmanager/alertmanager.yml")], {
      stdio: "pipe",
    });
  });

  test("Loki accepts its config", needs("loki"), () => {
    const file = join(rendered, "loki/loki.yml");
    execFileSync(binary("loki"), [`-config.file=${file}`, "-verify-config=true"], { stdio: "pipe" });
  });

  test("every manifest has a kind, version, name and namespace, and none is duplicated", () => {
    const names = globSync("kubernetes/*.yaml", { cwd: rendered }).flatMap((file) =>
      loadAll(readFileSync(join(rendered, file), "utf8")).map((document) => {
        const { apiVersion, kind, metadata } = document as Record<string, string> & {
          metadata: Record<string, string>;
        };
        assert.ok(apiVersion && metadata["name"], file);
        const clusterWide = ["Namespace", "PriorityClass", "ClusterRole", "ClusterRoleBinding"].includes(String(kind));
        assert.equal(metadata["namespace"] === undefined, clusterWide, `${file}: ${kind} ${metadata["name"]}`);
        return `${metadata["namespace"]} ${kind} ${metadata["name"]}`;
      }),
    );
    assert.ok(names.length > 0);
    assert.equal(new Set(names).size, names.length);
  });

  test("an unset secret is rendered as its placeholder, in files that only their owner can read", () => {
    const file = join(rendered, "kubernetes/alertmanager-secrets.yaml");
    assert.match(readFileSync(file, "utf8"), /^ {2}smtpPassword: REDACTED-smtpPassword$/m);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(rendered, "secrets")).mode & 0o777, 0o700);
    assert.equal(
      readFileSync(join(rendered, "secrets/alertmanager/secrets/smtpPassword"), "utf8"),
      "REDACTED-smtpPassword",
    );
  });

  test("files and ConfigMaps contain the same text", () => {
    const documents = loadAll(readFileSync(join(rendered, "kubernetes/prometheus.yaml"), "utf8")) as {
      readonly kind: string;
      readonly data: Readonly<Record<string, string>>;
    }[];
    const [configMap, ...others] = documents.filter(({ kind }) => kind === "ConfigMap");
    assert.ok(configMap !== undefined && others.length === 0);
    for (const [key, path] of [
      ["prometheus.yml", "prometheus/prometheus.yml"],
      ["rules__infrastructure.yml", "prometheus/rules/infrastructure.yml"],
    ] as const) {
      assert.equal(configMap.data[key], readFileSync(join(rendered, path), "utf8"));
    }
  });

  test("rendering again produces the same bytes", async () => {
    const again = join(directory, "second");
    await render("prod", again, { withSecrets: false });
    const list = (root: string) => globSync("**/*", { cwd: root, withFileTypes: true }).filter((e) => e.isFile());
    const contents = (root: string) =>
      Object.fromEntries(
        list(root).map(({ parentPath, name }) => {
          const path = join(parentPath, name);
          return [path.slice(root.length), readFileSync(path, "utf8")];
        }),
      );
    assert.deepEqual(contents(again), contents(rendered));
  });
});
