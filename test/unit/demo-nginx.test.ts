import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { renderDemoNginxConfig } from "../../demo/nginx.conf.ts";

const nginx = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => spawnSync(path, ["-v"]).status === 0);

test("nginx takes the config, with and without a resolver", {
  skip: nginx === undefined && "nginx is not installed",
}, () => {
  const directory = mkdtempSync(join(tmpdir(), "demo-nginx-"));
  try {
    for (const resolver of [undefined, "127.0.0.11"]) {
      const text = renderDemoNginxConfig({
        upstream: resolver === undefined ? "127.0.0.1:8080" : "demo-simulator:8080",
        accessLog: join(directory, "access.log"),
        errorLog: join(directory, "error.log"),
        ...(resolver === undefined ? {} : { resolver }),
      });
      const file = join(directory, "nginx.conf");
      writeFileSync(file, text.replace("pid /tmp/nginx.pid", `pid ${join(directory, "nginx.pid")}`));
      execFileSync(nginx ?? "", ["-e", "stderr", "-t", "-c", file], { stdio: "pipe" });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("the access log is opened by a name with a variable, so that renaming rotates it", () => {
  const text = renderDemoNginxConfig({ upstream: "a:1", accessLog: "/logs/nginx/access.log", errorLog: "stderr" });
  assert.match(text, /access_log \/logs\/nginx\/\$access_log_name json_lines;/);
});
