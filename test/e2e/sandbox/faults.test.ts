import assert from "node:assert/strict";
import { before, test } from "node:test";
import { postSilence, silenceState } from "../alerting/silences.ts";
import { eventually, marker, pause } from "../running-stack.ts";
import { linesInLoki, linesPerSecond, writeLines } from "./numbered-lines.ts";
import { apply, fast, stack } from "./sandbox.ts";

const backends = ["prometheus", "alertmanager", "loki", "promtail", "socket-proxy", "web-gateway"];

before(() => apply(fast));

for (const backend of backends) {
  test(`${backend} restarts after it is killed, and the others keep running`, async () => {
    const identities = await stack.identities();
    const restarts = Number(await stack.inspect(backend, "{{.RestartCount}}"));
    await stack.signal(backend, "SIGKILL");
    await eventually(
      `${backend} restarted`,
      30,
      async () => Number(await stack.inspect(backend, "{{.RestartCount}}")) === restarts + 1,
    );
    await eventually(`${backend} healthy again`, 120, () => stack.isHealthy(backend));
    const after = await stack.identities();
    identities.delete(backend);
    after.delete(backend);
    assert.deepEqual(after, identities);
  });
}

test("killing Prometheus loses only the samples of the outage", async () => {
  await pause(15);
  const killed = Date.now() / 1000;
  await stack.signal("prometheus", "SIGKILL");
  await eventually("Prometheus answers again", 60, async () => (await stack.prometheus("vector(1)")).length > 0);
  const back = Date.now() / 1000;
  await pause(12);
  // Short enough to leave out the crashes of the tests before, whose samples are missing too.
  const window = Math.ceil(Date.now() / 1000 - killed + 10);
  const scrapes = (await stack.prometheus(`count_over_time(up{job="loki"}[${window}s])`))[0]?.value ?? 0;
  const lost = window / 5 - scrapes;
  assert.ok(
    lost <= (back - killed) / 5 + 3,
    `${lost.toFixed(1)} scrapes lost in an outage of ${(back - killed).toFixed(1)} s`,
  );
});

for (const { backend, secondsLost } of [
  // Accepted lines are in Loki's WAL, and the collector retries the others.
  { backend: "loki", secondsLost: 0 },
  // Lines that it read but did not send yet; its position is on disk.
  { backend: "promtail", secondsLost: 2 },
]) {
  test(`killing ${backend} loses at most ${secondsLost} s of lines`, async () => {
    const word = marker();
    const seconds = 40;
    const written = writeLines(word, seconds);
    await eventually("the first lines in Loki", 30, async () => (await linesInLoki(word)).size > 0);
    await stack.signal(backend, "SIGKILL");
    const count = await written;
    await eventually(`${backend} healthy again`, 120, () => stack.isHealthy(backend));
    const missing = async () => count - (await linesInLoki(word)).size;
    await eventually("the lines in Loki", 60, async () => (await missing()) <= secondsLost * linesPerSecond).catch(
      async () => assert.fail(`${await missing()} of ${count} lines are missing`),
    );
  });
}

test("a silence older than a minute survives a crash of Alertmanager", async () => {
  const silence = await postSilence("alertname", marker());
  // Longer than the interval between snapshots, --data.maintenance-interval.
  await pause(65);
  const started = await stack.inspect("alertmanager", "{{.State.StartedAt}}");
  await stack.signal("alertmanager", "SIGKILL");
  await eventually(
    "Alertmanager started again",
    60,
    async () => (await stack.inspect("alertmanager", "{{.State.StartedAt}}")) !== started,
  );
  await eventually("Alertmanager healthy again", 120, () => stack.isHealthy("alertmanager"));
  assert.equal(await silenceState(silence), "active");
});

for (const frozen of [
  ["prometheus", "loki", "socket-proxy"],
  ["alertmanager", "promtail", "web-gateway"],
]) {
  test(`${frozen.join(", ")} are unhealthy while frozen, and healthy again afterwards; the others stay healthy`, async () => {
    const others = backends.filter((backend) => !frozen.includes(backend));
    const signal = (name: NodeJS.Signals) => Promise.all(frozen.map((backend) => stack.signal(backend, name)));
    await signal("SIGSTOP");
    try {
      for (const backend of frozen) {
        await eventually(
          `${backend} unhealthy`,
          90,
          async () => (await stack.inspect(backend, "{{.State.Health.Status}}")) === "unhealthy",
        );
      }
      for (const backend of others) assert.ok(await stack.isHealthy(backend), backend);
    } finally {
      await signal("SIGCONT");
    }
    for (const backend of frozen) await eventually(`${backend} healthy again`, 90, () => stack.isHealthy(backend));
  });
}
