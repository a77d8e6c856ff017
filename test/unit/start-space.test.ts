import assert from "node:assert/strict";
import { test } from "node:test";
import { spaceProblems } from "../../scripts/start/docker-host.ts";

const gibibyte = 1024 ** 3;
const free = (places: Readonly<Record<string, number>>) => async (place: string) => places[place];

test("a place that is too full is named with what is free, what is needed and why", async () => {
  const space = free({ "/docker": 1.5 * gibibyte, "/checkout": 0.25 * gibibyte });
  assert.deepEqual(await spaceProblems("/checkout", "/docker", space), [
    "/docker has 1.5 GiB free, and 5 GiB are needed: Docker keeps images and data there; `docker system df` shows what takes the space",
    "/checkout has 0.3 GiB free, and 0.5 GiB are needed: the state of the stack is kept there",
  ]);
});

test("where the daemon is elsewhere, only the state's own place counts", async () => {
  const asked: string[] = [];
  const problems = await spaceProblems("/checkout", undefined, async (place) => {
    asked.push(place);
    return gibibyte;
  });
  assert.deepEqual({ problems, asked }, { problems: [], asked: ["/checkout"] });
});

test("a place this machine cannot see counts as fine", async () => {
  assert.deepEqual(await spaceProblems("/checkout", "/in-a-virtual-machine", free({ "/checkout": gibibyte })), []);
});
