import assert from "node:assert/strict";
import { test } from "node:test";
import { spaceProblems } from "../../scripts/start/docker-host.ts";

const gibibyte = 1024 ** 3;
const free = (places: Readonly<Record<string, number>>) => async (place: string) => places[place];

test("a full file system is reported with free space, required space and reason", async () => {
  const space = free({ "/docker": 1.5 * gibibyte, "/checkout": 0.25 * gibibyte });
  assert.deepEqual(await spaceProblems("/checkout", "/docker", space), [
    "/docker has 1.5 GiB free but 5 GiB are required; Docker stores images and data there; `docker system df` shows the usage",
    "/checkout has 0.3 GiB free but 0.5 GiB are required; it holds the state of the stack",
  ]);
});

test("with a remote daemon, only the state's file system is checked", async () => {
  const asked: string[] = [];
  const problems = await spaceProblems("/checkout", undefined, async (place) => {
    asked.push(place);
    return gibibyte;
  });
  assert.deepEqual({ problems, asked }, { problems: [], asked: ["/checkout"] });
});

test("a path that does not exist on this machine is skipped", async () => {
  assert.deepEqual(await spaceProblems("/checkout", "/in-a-virtual-machine", free({ "/checkout": gibibyte })), []);
});
