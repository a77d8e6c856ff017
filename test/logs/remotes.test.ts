import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { linesGivenUp } from "../../config/alerts/monitoring.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needsNginx } from "../binaries.ts";
import { storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, start, until } from "./programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/** Lines go to the stack's Loki and to a second one behind Nginx, which requires a password and the tenant's header. */
for (const collector of collectors) {
  const needed = needsCollectors(collector);
  describe(`logs.remote with ${collector}`, needed.skip ? needed : needsNginx(), () => {
    const directory = mkdtempSync(join(tmpdir(), `remotes-${collector}-`));
    const users = join(directory, "users");
    const password = join(directory, "logsRemotePassword-central");
    const started: (() => unknown)[] = [];
    let own: Program;
    let central: Program;
    let running: CollectorUnderTest;
    let nginx: Program;
    let front: number;

    const admit = (...passwords: readonly string[]) =>
      writeFileSync(users, passwords.map((each, index) => `writer${index}:{PLAIN}${each}\n`).join(""));

    before(async () => {
      for (const folder of ["own", "central", "juce-backend"]) mkdirSync(join(directory, folder));
      own = await startLoki(join(directory, "own"), await freePort());
      started.push(() => own.stop());
      central = await startLoki(join(directory, "central"), await freePort());
      started.push(() => central.stop());
      front = await freePort();
      admit("first");
      await startNginx();
      started.push(() => nginx.stop());
      writeFileSync(password, "first");
      const remote = {
        name: "central",
        url: `http://127.0.0.1:${front}/loki/api/v1/push`,
        ...{ auth: "basic", username: "writer0", headers: { "X-Tenant": "white-room" } },
      };
      const sources = { syslog: { enabled: false }, containers: { enabled: false } };
      const settings = logSettings(collector, directory, sources, { remote: [remote] });
      running = new CollectorUnderTest(collector, directory, settings, {
        port: await freePort(),
        pushUrl: `${own.url}/loki/api/v1/push`,
        secretDirectory: directory,
      });
      // Promtail is ready once it reads a file.
      write("to both");
      await running.start();
      started.push(() => running.stop());
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    async function startNginx() {
      const config = `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {}
http {
  access_log off; client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
  server {
    listen 127.0.0.1:${front};
    location = /ready { return 200; }
    location / {
      auth_basic central; auth_basic_user_file ${users};
      if ($http_x_tenant != white-room) { return 400; }
      proxy_pass ${central.url};
    }
  }
}
`;
      writeFileSync(join(directory, "nginx.conf"), config);
      nginx = await start("nginx", ["-c", join(directory, "nginx.conf")], `http://127.0.0.1:${front}`, "/ready");
    }

    function write(text: string) {
      const line = JSON.stringify({ time: new Date().toISOString(), level: "info", message: text });
      appendFileSync(join(directory, "juce-backend", "a.log"), `${line}\n`);
    }
    const has = async (loki: Program, text: string) =>
      (await storedEntries(loki.url, `{env="${collector}", job="juce-backend"}`)).some((entry) =>
        entry.text.includes(text),
      );

    test("both get every line, with the same labels", async () => {
      await until("both have the line", async () => (await has(own, "to both")) && has(central, "to both"));
      const [ours, theirs] = await Promise.all(
        [own, central].map(async (loki) => (await storedEntries(loki.url, `{env="${collector}"}`))[0]?.labels),
      );
      assert.deepEqual(theirs, ours);
    });

    test("a new password is used at the next push, without a reload", async () => {
      admit("second");
      writeFileSync(password, "second");
      write("with the second password");
      await until("the endpoint has the line", () => has(central, "with the second password"));
    });

    test("a line that the endpoint refuses is counted as dropped, and stored by Loki", async () => {
      admit("third");
      write("refused elsewhere");
      await until("Loki has the line", () => has(own, "refused elsewhere"));
      const dropped = new RegExp(`^${linesGivenUp[collector]}\\{.*host="127\\.0\\.0\\.1:${front}".*\\} [1-9]`, "m");
      await until("the collector counts it", async () =>
        dropped.test(await (await fetch(`${running.url}/metrics`)).text()),
      );
      assert.equal(await has(central, "refused elsewhere"), false);
      assert.doesNotMatch(running.output(), /second/);
      admit("second");
    });

    test("while the endpoint is down, Loki still gets new lines", async () => {
      await nginx.stop();
      for (let number = 1; number <= 5; number += 1) {
        write(`outage ${number}`);
        await until(`Loki has line ${number}`, () => has(own, `outage ${number}`), 20);
      }
      await startNginx();
      write("after the outage");
      await until("the endpoint has the next line", () => has(central, "after the outage"));
    });
  });
}
