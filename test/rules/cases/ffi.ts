import { buckets, type Case, engine, of } from "../case.ts";

const dashboard = "white-room-application-performance";
const high = { severity: "high", priority: "P1", team: "audio" } as const;
const ffi = "whiteroom_ffi_call_duration_seconds";

const every = (count: number) => `0+${count}x90`;
const idle = (count: number) => `${count}x90`;
/** Counters that reset after 40 samples; until then, they include old slow calls. */
const restarted = (count: number) => `${count * 50 + (count === 1000 ? 90_000 : 0)}+${count}x40 0+${count}x50`;

function calls(ok: string, failed: string, name = "load_song"): Record<string, string> {
  return {
    [of(engine, "whiteroom_ffi_calls_total", { function: name, result: "ok" })]: ok,
    [of(engine, "whiteroom_ffi_calls_total", { function: name, result: "error" })]: failed,
  };
}

export const ffiCalls: readonly Case[] = [
  {
    alert: "FfiLatencyHigh",
    proves: "fires",
    name: "one function of two is slow",
    series: {
      ...buckets(engine, ffi, { "0.05": 90, "0.1": 95, "0.25": 100, "+Inf": 100 }, every, { function: "load_song" }),
      ...buckets(engine, ffi, { "0.05": 100, "0.1": 100, "0.25": 100, "+Inf": 100 }, every, { function: "note_on" }),
    },
    checks: [
      { at: "4m", firing: [] },
      {
        at: "7m",
        firing: [
          {
            labels: { ...engine, ...high, function: "load_song" },
            summary: "FFI call load_song is slow: P99 is 220ms",
            description:
              "Over the last 5m, 1 % of the calls from Swift to load_song in audio-engine on audio-1:8002 took 220ms or longer, above the threshold of 100 ms. The interface freezes while it waits.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "FfiLatencyHigh",
    proves: "comes close and stays silent",
    name: "9 of 1,000 calls take longer than 100 ms",
    series: buckets(engine, ffi, { "0.05": 900, "0.1": 991, "0.25": 1000, "+Inf": 1000 }, every, {
      function: "load_song",
    }),
    checks: [{ at: "15m", firing: [] }],
  },
  {
    alert: "FfiLatencyHigh",
    proves: "no data",
    name: "no calls",
    series: buckets(engine, ffi, { "0.05": 1, "0.1": 2, "0.25": 1000, "+Inf": 1000 }, idle, { function: "load_song" }),
    checks: [{ at: "15m", firing: [] }],
    nothingRecorded: "instance_function:whiteroom_ffi_call_duration_seconds:p99_rate5m",
  },
  {
    alert: "FfiLatencyHigh",
    proves: "counter reset",
    name: "a restart of the engine resets counters that include old slow calls",
    series: buckets(engine, ffi, { "0.05": 900, "0.1": 991, "0.25": 1000, "+Inf": 1000 }, restarted, {
      function: "load_song",
    }),
    checks: [
      { at: "12m", firing: [] },
      { at: "18m", firing: [] },
    ],
  },
  {
    alert: "FfiErrorRateHigh",
    proves: "fires",
    name: "4 % of one function's calls are 2 % of all",
    series: { ...calls("0+96x60", "0+4x60"), ...calls("0+100x60", "0x60", "note_on") },
    checks: [
      { at: "4m", firing: [] },
      {
        at: "7m",
        firing: [
          {
            labels: { ...engine, ...high },
            summary: "2% of FFI calls in audio-engine fail",
            description:
              "Over the last 5m, 2% of the calls from Swift into the C++ engine failed in audio-engine on audio-1:8002, above the threshold of 1 %. User actions fail.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "FfiErrorRateHigh",
    proves: "comes close and stays silent",
    name: "0.9 %",
    series: calls("0+991x60", "0+9x60"),
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "FfiErrorRateHigh",
    proves: "no data",
    name: "no calls",
    series: calls("1000x60", "500x60"),
    checks: [{ at: "12m", firing: [] }],
    nothingRecorded: "instance:whiteroom_ffi_errors_per_calls:ratio_rate5m",
  },
  {
    alert: "FfiErrorRateHigh",
    proves: "counter reset",
    name: "the engine restarts at 0.5 %",
    series: { ...calls("90000+995x30 0+995x30", "9000+5x30 0+5x30"), ...calls("500+995x60", "400+5x60", "note_on") },
    checks: [
      { at: "9m", firing: [] },
      { at: "13m", firing: [] },
    ],
  },
];
