import { type Case, frontend, of, product, repeated } from "../case.ts";

const dashboard = "white-room-business-metrics";
const medium = { severity: "medium", priority: "P2", team: "product" } as const;
const second = { ...frontend, instance: "web-2:8001" } as const;

function sessions(first: number, other: number): Record<string, string> {
  return {
    [of(frontend, "whiteroom_sessions_active")]: `${first}x60`,
    [of(second, "whiteroom_sessions_active")]: `${other}x60`,
  };
}

function songs(values: string, platform = "macos", target: typeof frontend | typeof second = frontend) {
  return { [of(target, "whiteroom_songs_created_total", { platform })]: values };
}

function signups(values: string, platform = "ios"): Record<string, string> {
  return { [of(frontend, "whiteroom_user_signups_total", { platform })]: values };
}

export const business: readonly Case[] = [
  {
    alert: "LowActiveUsers",
    proves: "fires",
    name: "4 and 5 sessions on two instances",
    step: "1m",
    series: sessions(4, 5),
    checks: [
      { at: "14m", firing: [] },
      {
        at: "17m",
        firing: [
          {
            labels: { ...product, ...medium },
            summary: "Only 9 sessions are open",
            description:
              "9 sessions are open across all instances, fewer than 10. Either traffic is low, or users cannot sign in.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LowActiveUsers",
    proves: "comes close and stays silent",
    name: "5 and 5",
    step: "1m",
    series: sessions(5, 5),
    checks: [{ at: "40m", firing: [] }],
  },
  ...["NaN", "Inf", "-Inf", "-40"].map(
    (bad): Case => ({
      alert: "LowActiveUsers",
      proves: "fires",
      name: `one session on one instance, while another reports ${bad}`,
      step: "1m",
      series: {
        [of(frontend, "whiteroom_sessions_active")]: "1x60",
        [of(second, "whiteroom_sessions_active")]: repeated(bad, 60),
      },
      checks: [
        {
          at: "17m",
          firing: [
            {
              labels: { ...product, ...medium },
              summary: "Only 1 sessions are open",
              description:
                "1 sessions are open across all instances, fewer than 10. Either traffic is low, or users cannot sign in.",
              dashboard,
            },
          ],
        },
      ],
    }),
  ),
  {
    alert: "LowActiveUsers",
    proves: "comes close and stays silent",
    name: "12 sessions on one instance, while another reports -40",
    step: "1m",
    series: sessions(12, -40),
    checks: [{ at: "40m", firing: [] }],
  },
  ...["NaN", "Inf", "-40"].map(
    (bad): Case => ({
      alert: "SongCreationRateDropped",
      proves: "comes close and stays silent",
      name: `48 songs an hour as last week, while another instance counts ${bad}`,
      step: "4m",
      series: { ...songs("0+3.2x2600"), ...songs(`9000+1x20 ${repeated(bad, 2580)}`, "macos", second) },
      checks: [{ at: "172h", firing: [] }],
    }),
  ),
  {
    alert: "NewUserSignup",
    proves: "fires",
    name: "one sign-up, while another instance reports NaN",
    series: {
      ...signups("7x8 8x90"),
      [of(second, "whiteroom_user_signups_total", { platform: "ios" })]: repeated("NaN", 98),
    },
    checks: [
      {
        at: "5m",
        firing: [
          {
            labels: { ...product, severity: "low", priority: "P3", team: "product" },
            summary: "New users: 1",
            description: "Sign-ups in the last 15m: 1. No action required.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "SongCreationRateDropped",
    proves: "fires",
    name: "12 songs an hour, last week 60",
    step: "4m",
    series: { ...songs("0+2x2520 5040+0.4x60"), ...songs("0+2x2520 5040+0.4x60", "ios") },
    checks: [
      { at: "169h", firing: [] },
      {
        at: "171h",
        firing: [
          {
            labels: { ...product, ...medium },
            summary: "Song creation is at 20% of last week's",
            description:
              "Over the last 1h, users created 20% of the songs they created at this time last week, below the threshold of 50 %. Saving may be broken in a way that shows no errors.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "SongCreationRateDropped",
    proves: "comes close and stays silent",
    name: "36 songs an hour, last week 60",
    step: "4m",
    series: songs("0+4x2520 10080+2.4x75"),
    checks: [{ at: "172h", firing: [] }],
  },
  {
    alert: "SongCreationRateDropped",
    proves: "comes close and stays silent",
    name: "none; last week 18 at this hour, too few to compare",
    step: "4m",
    series: songs("0+1.2x75 90+4x2445 9870x75"),
    checks: [{ at: "172h", firing: [] }],
  },
  {
    alert: "SongCreationRateDropped",
    proves: "no data",
    name: "no data from last week yet",
    step: "4m",
    series: songs("0x660"),
    checks: [{ at: "40h", firing: [] }],
  },
  {
    alert: "SongCreationRateDropped",
    proves: "counter reset",
    name: "one instance restarts while songs are created as usual",
    step: "4m",
    series: { ...songs("0+2x2525 0+2x60"), ...songs("9000+2x2600", "macos", second) },
    checks: [
      { at: "169h", firing: [] },
      { at: "171h", firing: [] },
    ],
  },
  {
    alert: "NewUserSignup",
    proves: "fires",
    name: "one sign-up",
    series: { ...signups("7x8 8x90"), ...signups("0x98", "windows") },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "5m",
        firing: [
          {
            labels: { ...product, severity: "low", priority: "P3", team: "product" },
            summary: "New users: 1",
            description: "Sign-ups in the last 15m: 1. No action required.",
            dashboard,
          },
        ],
      },
      { at: "18m", firing: [] },
    ],
  },
  {
    alert: "NewUserSignup",
    proves: "comes close and stays silent",
    name: "none for 15 minutes, many before",
    series: signups("0+40x10 400x80"),
    checks: [{ at: "18m", firing: [] }],
  },
  {
    alert: "NewUserSignup",
    proves: "counter reset",
    name: "the frontend restarts and counts from zero",
    series: { ...signups("900x20 0x60"), ...signups("40x80", "windows") },
    checks: [
      { at: "6m", firing: [] },
      { at: "15m", firing: [] },
    ],
  },
];
