import type { BinaryName } from "../offline/binaries.ts";
import type { PackagedProgram } from "../offline/packaged-programs.ts";

/** Programs that `./test.sh` builds. */
export const corePrograms = ["amtool", "promtool", "prometheus", "alertmanager"] as const satisfies BinaryName[];

/** Further programs, which only `./test.sh --all` builds. */
export const furtherPrograms = [
  "blackbox_exporter",
  "loki",
  "promtail",
  "lokitool",
  "node_exporter",
  "jaeger",
  "thanos",
  "versitygw",
] as const satisfies BinaryName[];

/** Programs that only `./test.sh --all` downloads. */
export const packagedPrograms = ["caddy"] as const satisfies PackagedProgram[];

/** A program that a test can require. */
export type ProgramName = (typeof corePrograms | typeof furtherPrograms | typeof packagedPrograms)[number];

/** Environment variable with a comma-separated list of programs whose tests are skipped. */
export const leftOutVariable = "WHITE_ROOM_LEAVE_OUT";

/** Prefix of the skip reason of these tests. */
export const leftOutReason = "left out: needs ";
