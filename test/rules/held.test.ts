import { describe, test } from "node:test";
import { renderRules } from "../../config/alerts/render.ts";
import { toYaml } from "../../config/file.ts";
import { needs } from "../binaries.ts";
import { backend, nginx, of, place, traffic } from "./case.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

const rules = renderRules(stack("dev"));

/** Recording rules first. */
const groups = rules
  .flatMap(({ content }) => [...content.matchAll(/- name: (.+)/g)].map(([, name = ""]) => name))
  .filter((name, index, all) => all.indexOf(name) === index);

interface Incident {
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  /** First and last second in which each alert fires. Other alerts may fire only if nothing inhibits them. */
  readonly firing: Readonly<Record<string, readonly [first: number, last: number]>>;
}

const page = { job: "probe", instance: "https://shop.example/", probe: "shop", service: "juce-backend", ...place };
const success = of(page, "probe_success");
const ofEdge = of({ ...page, instance: "https://edge.example/", probe: "edge", service: "nginx" }, "probe_success");
const step = of({ ...page, job: "journey", instance: "journeys:9118", step: "create" }, "journey_step_success");
const up = of(backend, "up");

/** Samples every 15 s: requests succeed for 10 minutes, then fail for some minutes, then succeed again. */
const failing = (minutes: number) => {
  const count = minutes * 4;
  return traffic(`0+150x40 6000x${count - 1} 6150+150x240`, `0x40 150+150x${count - 1} ${count * 150}x240`);
};

/** Requests fail for a minute and a half, then the service is down for 3 minutes, and comes back with new counters. */
const crashing = traffic("0+150x40 6000x5 _x11 0+150x200", "0x40 150+150x5 _x11 0x200");

const incidents: readonly Incident[] = [
  {
    name: "requests and a probe fail for 8 minutes: P0 until the errors have left the rates, 4.5 minutes after the probe is back",
    series: { ...failing(8), [up]: "1x280", [success]: "1x41 0x31 1x200" },
    firing: {
      "ProbeFailed P1": [750, 750],
      "ProbeFailed P0": [765, 1365],
      "ErrorBudgetBurnFast P0": [780, 1350],
      "HighErrorRate P1": [915, 1350],
    },
  },
  {
    name: "requests go on failing for 20 minutes after the probe is back: P0 ends after 10 minutes",
    series: { ...failing(28), [up]: "1x280", [success]: "1x41 0x31 1x200" },
    firing: {
      "ProbeFailed P1": [750, 750],
      "ProbeFailed P0": [765, 1680],
      "ErrorBudgetBurnFast P0": [780, 2550],
      "HighErrorRate P1": [915, 2550],
    },
  },
  {
    name: "only the probe fails: P1 ends with it",
    series: { [up]: "1x280", [success]: "1x41 0x31 1x200" },
    firing: { "ProbeFailed P1": [750, 1095] },
  },
  {
    name: "a journey fails for a minute longer than the probe: P1 ends with it",
    series: { [up]: "1x280", [success]: "1x41 0x31 1x200", [step]: "1x41 0x35 1x200" },
    firing: { "ProbeFailed P1": [750, 1170], "JourneyFailed P1": [750, 1155] },
  },
  {
    name: "a service crashes after errors: ServiceDown until they have left the rates",
    series: { ...crashing, [up]: "1x45 0x12 1x200" },
    firing: { "ServiceDown P0": [750, 975], "ErrorBudgetBurnFast P0": [780, 960], "HighErrorRate P1": [915, 960] },
  },
  {
    name: "errors have fired before the service crashes, and notified: ServiceDown ends with the crash",
    series: {
      ...traffic("0+150x40 6000x19 _x11 0+150x200", "0x40 150+150x19 _x11 0x200"),
      [up]: "1x60 0x12 1x200",
    },
    firing: { "HighErrorRate P1": [915, 1170], "ErrorBudgetBurnFast P0": [780, 1170], "ServiceDown P0": [975, 1095] },
  },
  {
    name: "a service is down, and nothing else fires: ServiceDown ends with it",
    series: { ...traffic("0+150x40 _x11 0+150x200", "0x40 _x11 0x200"), [up]: "1x40 0x12 1x200" },
    firing: { "ServiceDown P0": [675, 795] },
  },
  {
    name: "the only instance disappears after errors: ServiceAbsent until they have left the rates",
    series: { ...crashing, [up]: "1x42 stale _x14 1x200" },
    firing: { "ServiceAbsent P0": [765, 975], "ErrorBudgetBurnFast P0": [780, 960], "HighErrorRate P1": [915, 960] },
  },
  {
    name: "a probe of Nginx notices half a minute later that it is back",
    series: { [up]: "1x280", [of(nginx, "nginx_up")]: "1x40 0x20 1x200", [ofEdge]: "1x41 0x21 1x200" },
    firing: { "NginxDown P0": [675, 960], "ProbeFailed P1": [750, 945] },
  },
];

describe("an inhibitor fires until the alerts that it inhibits have resolved", () => {
  for (const { name, series, firing } of incidents) {
    test(name, needs("promtool"), async () => {
      const fired =
        'ALERTS{alertstate="firing", alertname!~"Watchdog|ErrorBudgetBurn(Slow|Ticket)", service!="swift-frontend", service!="audio-engine"}';
      const times = (first: "min" | "max") => ({
        expr: `${first} by (alertname, priority) (${first}_over_time(timestamp(${fired})[1h:15s]))`,
        eval_time: "55m",
        exp_samples: Object.entries(firing).map(([alert, [from, to]]) => {
          const [alertname = "", priority = ""] = alert.split(" ");
          return { labels: of({ alertname, priority }, ""), value: first === "min" ? from : to };
        }),
      });
      const content = toYaml({
        rule_files: rules.map(({ path }) => path),
        evaluation_interval: "15s",
        // Without it, the order is random.
        group_eval_order: groups,
        tests: [
          {
            interval: "15s",
            input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
            promql_expr_test: [times("min"), times("max")],
          },
        ],
      });
      await runAmong([...rules, { path: "held.test.yml", content }], "promtool", "test", "rules", "held.test.yml");
    });
  }
});
