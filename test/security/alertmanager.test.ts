import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { writeRendered } from "../validate/alertmanager-files.ts";
import { deployedArguments } from "./deployed.ts";

/* Attacks on the real Alertmanager, with the arguments of the stack. */
describe("Alertmanager", needs("alertmanager"), () => {
  const data = mkdtempSync(join(tmpdir(), "white-room-security-alertmanager-"));
  let folder: string;
  let alertmanager: Program;

  before(async () => {
    const config = stackConfig("dev", { alerting: { alertLimit: 20, silenceLimit: 20 } });
    folder = writeRendered(toSettings(config, { requireSecrets: false }), { slackCredential: "bot" });
    const port = await freePort();
    const options = await deployedArguments(config, "alertmanager", {
      "--config.file": join(folder, "alertmanager.yml"),
      "--storage.path": data,
      "--web.listen-address": `127.0.0.1:${port}`,
    });
    alertmanager = await start("alertmanager", options, `http://127.0.0.1:${port}`, "/-/ready");
  });

  after(async () => {
    await alertmanager?.stop("SIGKILL");
    for (const each of [data, folder]) rmSync(each, { recursive: true, force: true });
  });

  const post = (path: string, body: unknown) =>
    fetch(`${alertmanager.url}/api/v2/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const silence = (comment: string) => ({
    matchers: [{ name: "alertname", value: ".+", isRegex: true, isEqual: true }],
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 365 * 86_400_000).toISOString(),
    createdBy: "nobody we know",
    comment,
  });

  test("silences are bounded in number and size, and the log names the author of each", async () => {
    assert.equal((await post("silences", silence("x".repeat(64 * 1024)))).status, 400);
    const statuses: number[] = [];
    for (let count = 0; count < 25; count++) statuses.push((await post("silences", silence(`${count}`))).status);
    assert.deepEqual(statuses, [...Array(20).fill(200), ...Array(5).fill(400)]);
    const logged = () => alertmanager.output().match(/msg="?create silence"?.*nobody we know/g)?.length ?? 0;
    await until("20 silences are logged", async () => logged() === 20, 5).catch((error: Error) => {
      throw new Error(`${error.message}\n${alertmanager.output().slice(-2000)}`);
    });
  });

  test("one name cannot have any number of alerts, and others still get through", async () => {
    const alert = (alertname: string, instance: number) => ({ labels: { alertname, instance: `${instance}` } });
    await post(
      "alerts",
      Array.from({ length: 50 }, (_, index) => alert("Invented", index)),
    );
    await post("alerts", [alert("Real", 1)]);
    const known = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as {
      labels: { alertname: string };
    }[];
    const names = Object.groupBy(known, ({ labels }) => labels.alertname);
    assert.deepEqual(
      Object.entries(names).map(([name, alerts]) => [name, alerts?.length]),
      [
        ["Invented", 20],
        ["Real", 1],
      ],
    );
  });

  test("no other website can read its answers", async () => {
    const response = await fetch(`${alertmanager.url}/api/v2/status`, { headers: { origin: "https://evil.example" } });
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });
});
