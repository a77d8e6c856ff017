import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../config/settings/schema.ts";
import { seconds } from "../config/settings/units.ts";
import { benchStacks } from "./stacks.ts";

const rounds = 5;
/** Both are scraped at the stack's own interval. They crash side by side, each a group of its own. */
const services = ["juce-backend", "swift-frontend"] as const;

const moved = benchStacks["bench-alerting"];
const demo = `http://127.0.0.1:${8009 + moved}`;
const sinks = `http://127.0.0.1:${8025 + moved}`;

/** What a page of ServiceDown waits for by its settings, in seconds. */
export function unavoidable({ metrics, alerting }: Settings): Record<string, number> {
  return {
    "scrape interval": seconds(metrics.scrapeInterval),
    "evaluation interval": seconds(metrics.evaluationInterval),
    for: seconds(alerting.rules.ServiceDown.for),
    group_wait: seconds(alerting.waits.critical.groupWait),
  };
}

/** Seconds from each of ten crashes to the arrival of its page at PagerDuty's stand-in. */
export async function faultToPage(prometheus: string): Promise<number[]> {
  await until("every target up", 180, async () => {
    const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent("count(up) == count(up == 1)")}`);
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result[0];
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

/** Crashes a service at no particular moment, waits for its page, mends it, and waits for the end of the incident. */
async function crash(service: string): Promise<number> {
  await sleep(Math.random() * 15_000);
  const known = Math.max(0, ...(await pages(0)).map(({ id }) => id));
  const began = Date.now();
  await control("POST", `/faults/crash?duration=10m&service=${service}`);
  const about = (action: string) => async () =>
    (await pages(known)).find((each) => each.action === action && each.summary.includes(`ServiceDown on ${service}`));
  const page = await until(`a page about ${service}`, 300, about("trigger"));
  await control("DELETE", `/faults/crash?service=${service}`);
  await until(`the end of the incident of ${service}`, 300, about("resolve"));
  return (Date.parse(page.time) - began) / 1000;
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
  const answer = await fetch(`${demo}${path}`, { method });
  if (!answer.ok) throw new Error(`the demo answers ${answer.status}: ${await answer.text()}`);
}

async function until<T>(what: string, limit: number, ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + limit * 1000; Date.now() < deadline; await sleep(250)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`${what}: not within ${limit} s`);
}
