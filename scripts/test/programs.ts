import type { BinaryName } from "../offline/binaries.ts";
import type { PackagedProgram } from "../offline/packaged-programs.ts";

/** Programs that check the rendered files and take minutes to build. */
export const quickPrograms = ["amtool", "promtool", "prometheus", "alertmanager"] as const satisfies BinaryName[];

/** Programs that take much longer to build: only `./test.sh --all` uses them. */
export const slowPrograms = [
  "blackbox_exporter",
  "loki",
  "promtail",
  "lokitool",
  "node_exporter",
  "jaeger",
  "thanos",
  "versitygw",
] as const satisfies BinaryName[];

/** Programs that are downloaded, also only by `./test.sh --all`. */
export const packagedPrograms = ["caddy"] as const satisfies PackagedProgram[];

/** A program that a test can require. */
export type ProgramName = (typeof quickPrograms | typeof slowPrograms | typeof packagedPrograms)[number];

/** Environment variable with a comma-separated list of programs whose tests are skipped. */
export const leftOutVariable = "WHITE_ROOM_LEAVE_OUT";

/** Prefix of the skip reason of these tests. */
export const leftOutReason = "left out: needs ";
