import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./contract.ts";
import { parseExposition } from "./exposition.ts";

const histogram = (name: string, bounds: readonly string[]) =>
  [
    `# HELP ${name} Time to render one audio buffer.`,
    `# TYPE ${name} histogram`,
    ...bounds.map((le) => `${name}_bucket{le="${le}"} 0`),
    `${name}_sum 0`,
    `${name}_count 0`,
  ].join("\n");

const render = "whiteroom_audio_render_duration_seconds";
const bounds = "0.001 0.002 0.003 0.005 0.0075 0.01 0.015 0.025 0.05 0.1 0.25 +Inf".split(" ");
const xruns = `# HELP whiteroom_audio_xruns_total Buffer underruns (output) and overruns (input) of the audio device.
# TYPE whiteroom_audio_xruns_total counter
whiteroom_audio_xruns_total{direction="input"} 0
whiteroom_audio_xruns_total{direction="output"} 0`;

function found(text: string): readonly string[] {
  return differences(parseExposition(text), "audio-engine", [render, "whiteroom_audio_xruns_total"]);
}

test("a scrape that follows the contract has no differences", () => {
  assert.deepEqual(found(`${histogram(render, bounds)}\n${xruns}\n`), []);
});

test("each violation of the contract is reported", () => {
  const wrong: readonly (readonly [string, string])[] = [
    [xruns, `${render} is missing`],
    [
      `${histogram(
        render,
        bounds.filter((bound) => bound !== "0.025"),
      )}\n${xruns}`,
      `${render} has buckets 0.001,0.002,0.003,0.005,0.0075,0.01,0.015,0.05,0.1,0.25,+Inf, not ${bounds}`,
    ],
    [
      `${histogram(render, bounds)}\n${xruns.replace("counter", "gauge")}`,
      "whiteroom_audio_xruns_total is a gauge, not a counter",
    ],
    [
      `${histogram(render, bounds)}\n${xruns.replace('direction="input"', 'direction="both"')}`,
      "whiteroom_audio_xruns_total{direction} has both|whiteroom_audio_xruns_total{direction} lacks input",
    ],
    [
      `${histogram(render, bounds)}\n${xruns}\nwhiteroom_audio_xruns_total{direction="input",user="u-1"} 0`,
      "whiteroom_audio_xruns_total has labels direction,user",
    ],
    [
      `${histogram(render, bounds)}\n${xruns.replace("Buffer ", "")}`,
      'whiteroom_audio_xruns_total says "underruns (output) and overruns (input) of the audio device.", not "Buffer underruns (output) and overruns (input) of the audio device."',
    ],
    [
      `${histogram(render, bounds)}\n${xruns}\n# TYPE whiteroom_made_up gauge\nwhiteroom_made_up 1`,
      "whiteroom_made_up is not in the contract of audio-engine",
    ],
  ];
  for (const [text, message] of wrong) assert.equal(found(text).join("|"), message);
});
