import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { journeyBundle } from "../../config/products/journeys/bundle.ts";
import { renderJourneys, runnerSecrets } from "../../config/products/journeys/journeys.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { InternalTls } from "./internal-tls.ts";
import { ProbeServers } from "./probe-servers.ts";

const password = 'pl"y it&again';
const token = "canary-token-0123456789";
const everySecret = [password, token];

interface Runner {
  readonly url: string;
  readonly config: string;
  /** What it has logged. */
  readonly lines: () => Record<string, unknown>[];
  readonly process: ChildProcess;
}

function settingsOf(journeys: readonly unknown[]): Settings {
  return toSettings(
    {
      stack: "test",
      values: { platform: "docker", environment: "test", alerting: { enabled: false }, probes: { journeys } },
      secrets: new Set(),
    },
    { requireSecrets: false },
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

suite("the runner of the journeys, as it is deployed", () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-journeys-"));
  const servers = new ProbeServers();
  const running: ChildProcess[] = [];
  const program = join(folder, "journeys.mjs");
  writeFileSync(program, journeyBundle());
  after(() => {
    for (const each of running) each.kill("SIGKILL");
    servers.close();
    rmSync(folder, { recursive: true });
  });

  async function start(settings: Settings, more: readonly string[] = []): Promise<Runner> {
    const directory = mkdtempSync(join(folder, "run-"));
    const config = join(directory, "journeys.json");
    writeFileSync(config, renderJourneys(settings)[0]?.content ?? "");
    const secrets = join(directory, "secrets");
    mkdirSync(secrets);
    for (const key of runnerSecrets(settings)) writeFileSync(join(secrets, key), password);
    const port = await freePort();
    const words = [program, `--config=${config}`, `--secrets=${secrets}`, `--port=${port}`, ...more];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    running.push(child);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const lines = () =>
      output
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { url: `http://127.0.0.1:${port}`, config, lines, process: child };
  }

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined, seconds = 30): Promise<T> {
    const deadline = Date.now() + seconds * 1_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      assert.ok(Date.now() < deadline, `not within ${seconds} s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Values of a metric by its labels, without those that are the same for all. */
  async function metric(runner: Runner, name: string): Promise<Record<string, number>> {
    const text = await fetch(`${runner.url}/metrics`).then(
      (response) => response.text(),
      () => "",
    );
    return Object.fromEntries(
      [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"))].map(([, labels = "", value]) => [
        labels.replaceAll(/service="shop",team="product",?|"/g, "").replace(/,$/, ""),
        Number(value),
      ]),
    );
  }

  const finished = (runner: Runner, journey = "shop") =>
    until("the first run", async () => {
      const values = await metric(runner, "probe_success");
      return Object.keys(values).some((labels) => labels.includes(`probe=${journey}`)) ? values : undefined;
    });

  const shop = (steps: readonly unknown[], more = {}) => ({
    name: "shop",
    service: "shop",
    team: "product",
    every: "10s",
    steps,
    ...more,
  });

  test("values and secrets pass from step to step: JSON, header, cookie; each request belongs to the trace of the run", async () => {
    const seen: { path: string; body: string; headers: IncomingMessage["headers"] }[] = [];
    const port = await servers.http(async (request, response) => {
      const body = await bodyOf(request);
      seen.push({ path: `${request.method} ${request.url}`, body, headers: request.headers });
      if (request.url === "/login")
        return json(response, 200, { token, user: { id: 42 } }, { "set-cookie": "sid=abc; Path=/; HttpOnly" });
      if (request.url === "/songs") return json(response, 201, {}, { location: "/songs/7?from=list" });
      return json(response, 200, { title: "x" });
    });
    const url = `http://127.0.0.1:${port}`;
    const runner = await start(
      settingsOf([
        shop([
          {
            name: "login",
            request: { method: "POST", url: `${url}/login`, json: { user: "ann", password: "${secret.password}" } },
            expect: { status: 200, json: "body.user.id == 42.0 && body.token != ''" },
            save: { token: { json: "$.token" }, user: { json: "$.user.id" }, sid: { cookie: "sid" } },
          },
          {
            name: "create",
            request: {
              method: "POST",
              url: `${url}/songs`,
              headers: { Authorization: "Bearer ${token}", Cookie: "sid=${sid}" },
              json: { owner: "${user}", title: "Song ${runId}" },
            },
            expect: { status: [201], headers: { Location: "^/songs/" } },
            save: { song: { header: "Location" } },
          },
          { name: "show", request: { url: "${song}" }, expect: { body: '"title":', bodyNot: "error" } },
          {
            name: "find",
            request: { method: "POST", url: `${url}/find?q=\${secret.password}`, form: { p: "${secret.password}" } },
          },
        ]),
      ]),
    );
    assert.deepEqual(await finished(runner), { "probe=shop": 1 });
    assert.deepEqual(await metric(runner, "journey_step_success"), {
      "probe=shop,step=login": 1,
      "probe=shop,step=create": 1,
      "probe=shop,step=show": 1,
      "probe=shop,step=find": 1,
    });
    const [login, create, show, find] = seen;
    assert.deepEqual(
      [login, create, show, find].map((request) => request?.path),
      ["POST /login", "POST /songs", "GET /songs/7?from=list", "POST /find?q=pl%22y%20it%26again"],
    );
    assert.deepEqual(JSON.parse(login?.body ?? ""), { user: "ann", password });
    assert.equal(create?.headers.authorization, `Bearer ${token}`);
    assert.equal(create?.headers.cookie, "sid=abc");
    assert.equal(find?.body, "p=pl%22y+it%26again");
    const traces = seen
      .slice(0, 4)
      .map(({ headers }) => /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(String(headers.traceparent)));
    assert.equal(new Set(traces.map((match) => match?.[1])).size, 1);
    assert.equal(new Set(traces.map((match) => match?.[2])).size, 4);
    assert.deepEqual(JSON.parse(create?.body ?? ""), { owner: 42, title: `Song ${traces[0]?.[1]}` });
    const durations = await metric(runner, "journey_step_duration_seconds");
    const total = Object.values(durations).reduce((sum, value) => sum + value, 0);
    assert.ok(total <= ((await metric(runner, "probe_duration_seconds"))["probe=shop"] ?? 0));
  });

  test("a failed step ends the run; its reason, response and trace are logged, with everything secret masked", async () => {
    const encoded = Buffer.from(password).toString("base64");
    let trace = "";
    const port = await servers.http(async (request, response) => {
      await bodyOf(request);
      if (request.url === "/login") return json(response, 200, { token });
      trace = String(request.headers.traceparent).split("-")[1] ?? "";
      const echo = { error: "no", token, password, encoded, sessionToken: "canary-other", key: "C major" };
      return json(response, 503, { ...echo, padding: "x".repeat(5_000) });
    });
    const url = `http://127.0.0.1:${port}`;
    const runner = await start(
      settingsOf([
        shop([
          {
            name: "login",
            request: { method: "POST", url: `${url}/login`, form: { password: "${secret.password}" } },
            save: { token: { json: "$.token" } },
          },
          { name: "open", request: { url: `${url}/x`, headers: { Authorization: "Bearer ${token}" } } },
          { name: "never", request: { url: `${url}/never` } },
        ]),
      ]),
    );
    assert.deepEqual(await finished(runner), { "probe=shop": 0 });
    assert.deepEqual(await metric(runner, "journey_step_success"), {
      "probe=shop,step=login": 1,
      "probe=shop,step=open": 0,
    });
    const [line] = runner.lines().filter(({ msg }) => msg === "journey failed");
    const { ts, body, ...rest } = line ?? {};
    assert.match(String(ts), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(rest, {
      level: "warn",
      msg: "journey failed",
      journey: "shop",
      step: "open",
      status: 503,
      reason: "status 503, expected 200 to 299",
      trace_id: trace,
    });
    const beginning =
      '{"error":"no","token":"***","password":"***","encoded":"***","sessionToken":"***","key":"C major","padding":"xxx';
    assert.equal(String(body).slice(0, beginning.length), beginning);
    assert.equal(Buffer.byteLength(String(body)), 2_048);
    const logged = JSON.stringify(runner.lines());
    for (const secret of [...everySecret, encoded, "canary-other"]) assert.ok(!logged.includes(secret), secret);
  });

  /** Failure reasons by journey. */
  async function reasons(answer: RequestListener, steps: Record<string, Record<string, unknown>>, more = {}) {
    const url = `http://127.0.0.1:${await servers.http(answer)}`;
    const journeys = Object.entries(steps).map(([name, { path = "", ...step }]) => ({
      ...shop([{ name: "open", request: { url: `${url}/${path}` }, ...step }], more),
      name,
    }));
    const runner = await start(settingsOf(journeys));
    return until("a failure of each journey", () => {
      const failed = runner.lines().filter(({ msg }) => msg === "journey failed");
      const found = Object.fromEntries(failed.map(({ journey, reason }) => [journey, reason]));
      return Object.keys(found).length === journeys.length ? found : undefined;
    });
  }

  test("every expectation that is not met is a reason", async () => {
    const answer: RequestListener = (request, response) => {
      if (request.url === "/hangs") return;
      if (request.url === "/drips") {
        response.writeHead(200).write("a");
        return;
      }
      if (request.url === "/large") return void response.writeHead(200).end("x".repeat(1_100_000));
      if (request.url === "/text") return void response.writeHead(200).end("hello");
      if (request.url === "/elsewhere")
        return void response.writeHead(302, { location: "http://127.0.0.1:1/login" }).end();
      json(response, 200, { status: "degraded", items: [] }, { server: "nginx" });
    };
    const closed = `http://127.0.0.1:${await freePort()}/`;
    assert.deepEqual(
      await reasons(answer, {
        status: { expect: { status: [201, 204] } },
        body: { expect: { body: "healthy" } },
        "body-not": { expect: { bodyNot: "degr.*d" } },
        cel: { expect: { json: "body.status == 'ok'" } },
        "cel-type": { expect: { json: "body.missing > 1" } },
        "not-json": { path: "text", expect: { json: "body.ok" } },
        header: { expect: { headers: { Server: "^apache" } } },
        "no-header": { expect: { headers: { "X-Cache": "HIT" } } },
        "no-value": { save: { id: { json: "$.items[0]" } } },
        "no-scalar": { save: { id: { json: "$.items" } } },
        "no-cookie": { save: { sid: { cookie: "sid" } } },
        hangs: { path: "hangs", timeout: "200ms" },
        drips: { path: "drips", timeout: "200ms" },
        large: { path: "large" },
        redirect: { path: "elsewhere" },
        refused: { request: { url: closed } },
        "no-name": { request: { url: "http://name.invalid/" } },
      }),
      {
        status: "status 200, expected 201 or 204",
        body: "the body does not match healthy",
        "body-not": "the body matches degr.*d",
        cel: "body.status == 'ok' is not true",
        "cel-type": "body.missing > 1 fails: No such key: missing",
        "not-json": "the body is not JSON",
        header: "header Server does not match ^apache",
        "no-header": "header X-Cache does not match HIT",
        "no-value": "cannot save id: there is no json $.items[0]",
        "no-scalar": "cannot save id: there is no json $.items",
        "no-cookie": "cannot save sid: there is no cookie sid",
        hangs: "no complete response within 0.2s",
        drips: "no complete response within 0.2s",
        large: "the body is larger than 1048576 bytes",
        redirect: "status 302, expected 200 to 299",
        refused: `connect ECONNREFUSED ${new URL(closed).host}`,
        "no-name": "getaddrinfo ENOTFOUND name.invalid",
      },
    );
  });

  test("a saved URL must not lead to another server, and the journey has a timeout of its own", async () => {
    const port = await servers.http((request, response) => {
      if (request.url === "/slow") return;
      response.writeHead(302, { location: "http://127.0.0.2:1/steal" }).end();
    });
    const url = `http://127.0.0.1:${port}`;
    const runner = await start(
      settingsOf([
        shop([
          { name: "go", request: { url }, expect: { status: 302 }, save: { to: { header: "Location" } } },
          { name: "follow", request: { url: "${to}" } },
        ]),
        {
          ...shop([{ name: "wait", timeout: "1s", request: { url: `${url}/slow` } }], { timeout: "1s" }),
          name: "slow",
        },
      ]),
    );
    const failed = await until("both failures", () => {
      const lines = runner.lines().filter(({ msg }) => msg === "journey failed");
      return lines.length === 2 ? Object.fromEntries(lines.map(({ journey, reason }) => [journey, reason])) : undefined;
    });
    assert.deepEqual(failed, {
      shop: "the saved URL leads to http://127.0.0.2:1, which no other step requests",
      slow: "no complete response within 1s",
    });
  });

  test("certificates are verified, against the authority of the journey", async () => {
    const tls = await InternalTls.create(join(folder, "tls"));
    const { ca, certificate } = tls.settings();
    const identity = { cert: certificate, key: tls.key };
    const port = await servers.http((_, response) => response.end("ok"), identity);
    const url = `https://127.0.0.1:${port}`;
    const open = (name: string, more: Record<string, unknown>) => ({
      ...shop([{ name: "open", request: { url } }], more),
      name,
    });
    const runner = await start(
      settingsOf([
        open("unknown", {}),
        open("known", { tls: { ca, serverName: "prometheus" } }),
        open("other", { tls: { ca, serverName: "shop.example" } }),
        open("skipped", { tls: { insecureSkipVerify: true } }),
      ]),
    );
    const results = await until("all results", async () => {
      const values = await metric(runner, "probe_success");
      return Object.keys(values).length === 4 ? values : undefined;
    });
    assert.deepEqual(results, { "probe=known": 1, "probe=other": 0, "probe=skipped": 1, "probe=unknown": 0 });
  });

  test("a changed config is loaded without a restart: other journeys run on, removed ones have no series", async () => {
    const calls: Record<string, number> = {};
    const port = await servers.http((request, response) => {
      calls[request.url ?? ""] = (calls[request.url ?? ""] ?? 0) + 1;
      response.end("ok");
    });
    const journey = (name: string, body: string) => ({
      ...shop([{ name: "open", request: { url: `http://127.0.0.1:${port}/${name}` }, expect: { body } }], {
        every: "5m",
      }),
      name,
    });
    const runner = await start(settingsOf([journey("kept", "ok"), journey("changed", "ok"), journey("removed", "ok")]));
    await until(
      "three results",
      async () => Object.keys(await metric(runner, "probe_success")).length === 3 || undefined,
    );
    writeFileSync(
      runner.config,
      renderJourneys(settingsOf([journey("kept", "ok"), journey("changed", "other")]))[0]?.content ?? "",
    );
    await until(
      "the new config",
      async () => (await metric(runner, "probe_success"))["probe=changed"] === 0 || undefined,
    );
    assert.deepEqual(await metric(runner, "probe_success"), { "probe=kept": 1, "probe=changed": 0 });
    assert.deepEqual(calls, { "/kept": 1, "/changed": 2, "/removed": 1 });
    assert.deepEqual(await metric(runner, "journey_config_last_reload_successful"), { "": 1 });

    writeFileSync(runner.config, '{"journeys":[{"name":"broken","steps":[{"expect":{"body":"("}}]}]}');
    const checked = spawnSync(process.execPath, [program, "--check", `--config=${runner.config}`], {
      encoding: "utf8",
    });
    assert.equal(checked.status, 2);
    assert.match(checked.stderr, /journeys\.json: error parsing regexp: missing closing \): `\(`\n$/);
    await until(
      "the refusal",
      async () => (await metric(runner, "journey_config_last_reload_successful"))[""] === 0 || undefined,
    );
    assert.deepEqual(await metric(runner, "probe_success"), { "probe=kept": 1, "probe=changed": 0 });
    assert.equal(runner.process.exitCode, null);
  });

  test("with network.tls, metrics are served only to clients of the stack", async () => {
    const directory = join(folder, "internal-tls");
    const tls = await InternalTls.create(join(folder, "tls-2"));
    const { ca, certificate } = tls.settings();
    mkdirSync(directory);
    for (const [name, text] of Object.entries({ "ca.pem": ca, "tls.crt": certificate, "tls.key": tls.key }))
      writeFileSync(join(directory, name), text);
    const runner = await start(settingsOf([shop([{ name: "open", request: { url: "http://127.0.0.1:1/" } }])]), [
      `--tls=${directory}`,
    ]);
    const curl = (words: readonly string[]) =>
      spawnSync(
        "curl",
        ["-sS", "--cacert", join(directory, "ca.pem"), "--connect-to", `prometheus::127.0.0.1:`, ...words],
        {
          encoding: "utf8",
        },
      );
    const address = `https://prometheus:${new URL(runner.url).port}/healthz`;
    const identity = ["--cert", join(directory, "tls.crt"), "--key", join(directory, "tls.key")];
    await until("the server", () => (curl([...identity, address]).stdout === "ok\n" ? true : undefined));
    assert.notEqual(curl([address]).status, 0);
  });

  test("it stops at once", async () => {
    const runner = await start(settingsOf([shop([{ name: "open", request: { url: "http://127.0.0.1:1/" } }])]));
    await until("the start", () => (runner.lines().length > 0 ? true : undefined));
    const asked = performance.now();
    runner.process.kill("SIGTERM");
    const [code] = await once(runner.process, "exit");
    assert.equal(code, 0);
    assert.ok(performance.now() - asked < 1_000);
  });

  test("the bundle fits into a ConfigMap", () => {
    assert.ok(readFileSync(program).length < 1_000_000, `${readFileSync(program).length} bytes`);
  });
});
