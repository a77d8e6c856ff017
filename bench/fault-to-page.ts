import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../config/settings/schema.ts";
import { seconds } from "../config/settings/units.ts";
import { benchStacks } from "./stacks.ts";

const rounds = 5;
/** Both use the default scrape interval. They crash concurrently and notify in separate groups. */
const services = ["juce-backend", "swift-frontend"] as const;

const portOffset = benchStacks["bench-alerting"];
const demo = `http://127.0.0.1:${8009 + portOffset}`;
const sinks = `http://127.0.0.1:${8025 + portOffset}`;

/** Configured delays before ServiceDown pages, in seconds. */
export function configuredDelays({ metrics, alerting }: Settings): Record<string, number> {
  return {
    "scrape interval": seconds(metrics.scrapeInterval),
    "evaluation interval": seconds(metrics.evaluationInterval),
    for: seconds(alerting.rules.ServiceDown.for),
    group_wait: seconds(alerting.waits.critical.groupWait),
  };
}

/** Seconds from each of ten crashes until its page arrives at the fake PagerDuty. */
export async function faultToPage(prometheus: string): Promise<number[]> {
  await until("all targets up", 180, async () => {
    const query = encodeURIComponent("count(up) == count(up == 1)");
    const response = await fetch(`${prometheus}/api/v1/query?query=${query}`);
    return ((await response.json()) as { data: { result: unknown[] } }).data.result[0];
  });
  const times: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const found = await Promise.all(services.map(crash));
    times.push(...found);
    process.stdout.write(
      `  fault to page, round ${round} of ${rounds}: ${found.map((time) => time.toFixed(1)).join(", ")} s\n`,
    );
  }
  return times;
}

/** Crashes a service at a random time, waits for its page, restores it, and waits until the incident is resolved. */
async function crash(service: string): Promise<number> {
  await sleep(Math.random() * 15_000);
  const lastId = Math.max(0, ...(await pages(0)).map(({ id }) => id));
  const start = Date.now();
  await control("POST", `/faults/crash?duration=10m&service=${service}`);
  const findPage = (action: string) => async () =>
    (await pages(lastId)).find((each) => each.action === action && each.summary.includes(`ServiceDown on ${service}`));
  const page = await until(`page for ${service}`, 300, findPage("trigger"));
  await control("DELETE", `/faults/crash?service=${service}`);
  await until(`resolution of the incident of ${service}`, 300, findPage("resolve"));
  return (Date.parse(page.time) - start) / 1000;
}

interface Page {
  readonly id: number;
  readonly time: string;
  readonly action: string;
  readonly summary: string;
}

async function pages(since: number): Promise<Page[]> {
  return (await (await fetch(`${sinks}/notifications?format=json&kind=pagerduty&since=${since}`)).json()) as Page[];
}

async function control(method: string, path: string): Promise<void> {
  const response = await fetch(`${demo}${path}`, { method });
  if (!response.ok) throw new Error(`the demo returned ${response.status}: ${await response.text()}`);
}

async function until<T>(what: string, timeout: number, poll: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + timeout * 1000; Date.now() < deadline; await sleep(250)) {
    const result = await poll();
    if (result !== undefined) return result;
  }
  throw new Error(`${what}: timed out after ${timeout} s`);
}
