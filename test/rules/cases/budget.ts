import { backend, type Case, traffic } from "../case.ts";

const dashboard = "white-room-application-performance";
const critical = { severity: "critical", priority: "P0", team: "platform" } as const;

export const budget: readonly Case[] = [
  {
    alert: "ErrorBudgetBurnFast",
    proves: "fires",
    name: "an hour of 2 % failures; resolves when they stop",
    step: "1m",
    series: traffic("0+980x60 59800+1000x30", "0+20x60 1200x30"),
    checks: [
      { at: "1m", firing: [] },
      {
        at: "50m",
        firing: [
          {
            labels: { ...backend, ...critical },
            summary: "juce-backend burns its error budget 20 times too fast",
            description:
              "Over the last 1h, the error rate of juce-backend on api-1:8000 was 20 times what the 99.9 % objective allows (threshold 14.4). At this rate, the 30-day error budget is exhausted within two days.",
            dashboard,
          },
        ],
      },
      { at: "1h8m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "comes close and stays silent",
    name: "an hour of 1.4 %",
    step: "1m",
    series: traffic("0+986x90", "0+14x90"),
    checks: [{ at: "1h20m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "comes close and stays silent",
    name: "eight minutes of 5 % after a good hour: fifty times too fast, but not for an hour",
    step: "1m",
    series: traffic("0+1000x60 60000+950x7 66650+1000x20", "0x60 0+50x7 350x20"),
    checks: [
      { at: "1h6m", firing: [] },
      { at: "1h9m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "comes close and stays silent",
    name: "an hour of 7 % of 90 requests: too few",
    step: "1m",
    series: traffic("0+1.4x90", "0+0.1x90"),
    checks: [{ at: "1h20m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "counter reset",
    name: "the counter resets and loses last month's failures",
    step: "1m",
    series: traffic("90000+990x30 0+990x60", "90000+10x30 0+10x60"),
    checks: [
      { at: "35m", firing: [] },
      { at: "1h10m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "fires",
    name: "six hours of 0.7 %; resolves when they stop",
    step: "1m",
    series: traffic("0+993x390 387270+1000x60", "0+7x390 2730x60"),
    checks: [
      { at: "14m", firing: [] },
      {
        at: "6h30m",
        firing: [
          {
            labels: { ...backend, ...critical },
            summary: "juce-backend burns its error budget 7 times too fast",
            description:
              "Over the last 6h, the error rate of juce-backend on api-1:8000 was 7 times what the 99.9 % objective allows (threshold 6). At this rate, the 30-day error budget is exhausted within five days.",
            dashboard,
          },
        ],
      },
      { at: "6h30m", alert: "ErrorBudgetBurnFast", firing: [] },
      { at: "7h10m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "comes close and stays silent",
    name: "six hours of 0.59 %",
    step: "1m",
    series: traffic("0+9941x400", "0+59x400"),
    checks: [{ at: "6h30m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "comes close and stays silent",
    name: "50 minutes of 1.2 % after five good hours: twelve times too fast, but not for six hours",
    step: "1m",
    series: traffic("0+1000x300 300000+988x50", "0x300 0+12x50"),
    checks: [{ at: "5h50m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "counter reset",
    name: "the counter resets and loses last month's failures",
    step: "1m",
    series: traffic("90000+995x200 0+995x200", "90000+5x200 0+5x200"),
    checks: [{ at: "6h30m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnTicket",
    proves: "fires",
    name: "0.2 % fail",
    step: "1m",
    series: traffic("0+998x200", "0+2x200"),
    checks: [
      { at: "55m", firing: [] },
      {
        at: "3h",
        firing: [
          {
            labels: { ...backend, severity: "medium", priority: "P2", team: "platform" },
            summary: "juce-backend burns its error budget 2 times too fast",
            description:
              "Over the last 3d, the error rate of juce-backend on api-1:8000 was 2 times what the 99.9 % objective allows (threshold 1). At this rate, the 30-day error budget is used up completely within the 30 days. Not urgent, but it needs attention.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ErrorBudgetBurnTicket",
    proves: "comes close and stays silent",
    name: "two days without failures, then six hours of 0.6 %: three times too fast, but not for three days",
    step: "2m",
    series: traffic("0+1000x1440 1440000+994x210", "0x1440 0+6x210"),
    checks: [{ at: "54h", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnTicket",
    proves: "counter reset",
    name: "the counter resets and loses last month's failures",
    step: "1m",
    series: traffic("90000+9995x200 0+9995x200", "90000+5x200 0+5x200"),
    checks: [{ at: "6h30m", firing: [] }],
  },
];
