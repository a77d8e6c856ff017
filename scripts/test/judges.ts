import type { BinaryName } from "../offline/binaries.ts";

/** Programs that check the files rendered for them and take minutes to build. */
export const quickJudges = ["amtool", "promtool", "prometheus", "alertmanager"] as const satisfies BinaryName[];

/** The same, for those that take much longer: only `./test.sh --all` builds and runs them. */
export const slowJudges = ["loki", "promtail", "lokitool"] as const satisfies BinaryName[];

/** A program that a test may ask for. Each is in one of the two lists, so no test can ask for one that nothing builds. */
export type Judge = (typeof quickJudges | typeof slowJudges)[number];

/** Environment variable with the programs, separated by commas, whose tests this run leaves out. */
export const leftOutVariable = "WHITE_ROOM_LEAVE_OUT";

/** How the reason of a test that was left out begins. */
export const leftOutReason = "left out: needs ";
