import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bundleDemo } from "../../demo/bundle.ts";

const simulator = {
  listen: "127.0.0.1",
  ports: { juceBackend: 0, swiftFrontend: 0, audioEngine: 0, control: 0, api: 0, dns: 0 },
  nginxUrl: "http://127.0.0.1:1",
  requestsPerSecond: 1,
  postgres: { host: "127.0.0.1", port: 1, user: "white_room", database: "white_room" },
  redis: { host: "127.0.0.1", port: 1 },
  syslog: { host: "127.0.0.1", port: 1 },
  links: [],
};

/** Runs a bundle in an empty directory, without node_modules, and gives its exit code and output. */
async function run(program: "simulator" | "sinks", config: (directory: string) => unknown, until: RegExp) {
  const directory = mkdtempSync(join(tmpdir(), "demo-bundle-"));
  try {
    writeFileSync(join(directory, "main.mjs"), bundleDemo(program));
    writeFileSync(join(directory, "demo.json"), JSON.stringify(config(directory)));
    const child = spawn(process.execPath, ["main.mjs", "--config", "demo.json"], { cwd: directory });
    let output = "";
    const exited = once(child, "exit");
    const seen = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          if (until.test(output)) resolve();
        });
      }
    });
    await Promise.race([seen, exited]);
    const asked = performance.now();
    child.kill("SIGTERM");
    const [code] = await exited;
    return { code, output, seconds: (performance.now() - asked) / 1000 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("the bundled simulator runs without node_modules or other services, and stops on request", async () => {
  const { code, output, seconds } = await run(
    "simulator",
    (logDirectory) => ({ ...simulator, logDirectory }),
    /rendering/,
  );
  assert.match(output, /^\d{4}-\d\d-\d\dT\S+Z INFO audio-engine: rendering /);
  assert.equal(code, 0);
  assert.ok(seconds < 2, `it took ${seconds} s to stop`);
});

test("an invalid config ends the program with all problems", async () => {
  const { code, output } = await run("sinks", () => ({ listen: "", ports: {} }), /only the end/);
  assert.equal(code, 2);
  assert.equal(
    output,
    `sinks: invalid config
  listen: "" is not valid; use the address to listen on, such as "0.0.0.0"
  ports.http: is required; use a port from 0 (any free port) to 65535
  ports.smtp: is required; use a port from 0 (any free port) to 65535
  links: is required; use a list of links
`,
  );
});

test("the same sources produce the same text", () => {
  assert.equal(bundleDemo("sinks"), bundleDemo("sinks"));
  assert.ok(bundleDemo("sinks").length < 400_000);
  assert.ok(bundleDemo("simulator").length < 900_000);
});
