import { buckets, type Case, engine, of } from "../case.ts";

const dashboard = "white-room-application-performance";
const high = { severity: "high", priority: "P1", team: "audio" } as const;
const render = "whiteroom_audio_render_duration_seconds";

const every = (count: number) => `0+${count}x90`;
const idle = (count: number) => `${count}x90`;
/** Counters that reset after 40 samples; until then, they include old slow buffers. */
const restarted = (count: number) => `${count * 50 + (count === 1000 ? 90_000 : 0)}+${count}x40 0+${count}x50`;

function renders(count: string, misses: string): Record<string, string> {
  return {
    [of(engine, `${render}_count`)]: count,
    [of(engine, "whiteroom_audio_render_deadline_misses_total")]: misses,
  };
}

function xruns(output: string, input: string): Record<string, string> {
  return {
    [of(engine, "whiteroom_audio_xruns_total", { direction: "output" })]: output,
    [of(engine, "whiteroom_audio_xruns_total", { direction: "input" })]: input,
  };
}

export const audio: readonly Case[] = [
  {
    alert: "AudioProcessingOverload",
    proves: "fires",
    name: "15 buffers in 1,000 take longer than 25 ms",
    step: "10s",
    series: buckets(engine, render, { "0.01": 900, "0.025": 985, "0.05": 1000, "+Inf": 1000 }, every),
    checks: [
      { at: "1m40s", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...engine, ...high },
            summary: "audio-engine is overloaded: P99 render time is 33.33ms",
            description:
              "Over the last 5m, 1 % of the audio buffers took 33.33ms or longer to render on audio-1:8002, above the threshold of 25 ms. Users hear clicks and dropouts, or are about to.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "AudioProcessingOverload",
    proves: "comes close and stays silent",
    name: "8 buffers in 1,000",
    step: "10s",
    series: buckets(engine, render, { "0.01": 900, "0.025": 992, "0.05": 1000, "+Inf": 1000 }, every),
    checks: [{ at: "10m", firing: [] }],
  },
  {
    alert: "AudioProcessingOverload",
    proves: "no data",
    name: "nothing plays; the counters still include old slow buffers",
    step: "10s",
    series: buckets(engine, render, { "0.01": 1, "0.025": 2, "0.05": 1000, "+Inf": 1000 }, idle),
    checks: [{ at: "10m", firing: [] }],
    nothingRecorded: "instance:whiteroom_audio_render_duration_seconds:p99_rate5m",
  },
  {
    alert: "AudioProcessingOverload",
    proves: "counter reset",
    name: "a restart of the engine resets counters that include old slow buffers",
    step: "10s",
    series: buckets(engine, render, { "0.01": 900, "0.025": 992, "0.05": 1000, "+Inf": 1000 }, restarted),
    checks: [
      { at: "8m", firing: [] },
      { at: "13m", firing: [] },
    ],
  },
  {
    alert: "AudioDeadlineMisses",
    proves: "fires",
    name: "2 buffers in 1,000 are late",
    step: "10s",
    series: renders("0+1000x60", "0+2x60"),
    checks: [
      { at: "1m40s", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...engine, ...high },
            summary: "audio-engine misses the deadline of 0.2% of its audio buffers",
            description:
              "Over the last 5m, 0.2% of the audio buffers on audio-1:8002 were not ready when the device needed them, above the threshold of 0.1 %. Each one is a gap that users can hear.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "AudioDeadlineMisses",
    proves: "comes close and stays silent",
    name: "9 in 10,000",
    step: "10s",
    series: renders("0+10000x60", "0+9x60"),
    checks: [{ at: "8m", firing: [] }],
  },
  {
    alert: "AudioDeadlineMisses",
    proves: "no data",
    name: "nothing plays",
    step: "10s",
    series: renders("500000x60", "9000x60"),
    checks: [{ at: "8m", firing: [] }],
    nothingRecorded: "instance:whiteroom_audio_deadline_misses_per_renders:ratio_rate5m",
  },
  {
    alert: "AudioDeadlineMisses",
    proves: "counter reset",
    name: "the engine restarts at 5 in 10,000",
    step: "10s",
    series: renders("900000+10000x30 0+10000x40", "90000+5x30 0+5x40"),
    checks: [
      { at: "6m", firing: [] },
      { at: "10m", firing: [] },
    ],
  },
  {
    alert: "AudioXruns",
    proves: "fires",
    name: "4 underruns and 3 overruns in two minutes",
    step: "10s",
    series: xruns("0x5 1 2 3 4x40", "0x9 1 2 3x40"),
    checks: [
      { at: "50s", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...engine, severity: "medium", priority: "P2", team: "audio" },
            summary: "audio-engine had 7 XRUNs",
            description:
              "The audio device of audio-1:8002 had 7 buffer underruns or overruns in the last 5m, more than 5. Each one is an audible click.",
            dashboard,
          },
        ],
      },
      { at: "8m", firing: [] },
    ],
  },
  {
    alert: "AudioXruns",
    proves: "comes close and stays silent",
    name: "five in five minutes",
    step: "10s",
    series: xruns("20x5 21 22 23 24x60", "70x9 71x60"),
    checks: [
      { at: "3m", firing: [] },
      { at: "5m30s", firing: [] },
    ],
  },
  {
    alert: "AudioXruns",
    proves: "counter reset",
    name: "the engine restarts after two",
    step: "10s",
    series: xruns("80x5 81 82x10 0x40", "40x16 0x40"),
    checks: [
      { at: "3m", firing: [] },
      { at: "5m", firing: [] },
    ],
  },
];
