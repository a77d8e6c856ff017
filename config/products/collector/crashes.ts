import type { Crash } from "./crash.ts";
import { managedCrashes } from "./managed-crashes.ts";
import { nativeCrashes } from "./native-crashes.ts";

/** The crash reports that the pipeline reads. The pipeline and its tests are built from this list. */
export const crashes: readonly Crash[] = [...managedCrashes, ...nativeCrashes];

/**
 * First line of an entry of java.util.logging, whose second line has the level. From Java 20 on, AM and PM follow a narrow
 * space.
 */
export const julHeader = String.raw`[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d[ \x{202F}][AP]M [^\n]*`;

/** Pattern of whole blocks to which the next line belongs. */
export const precedingBlock = `^(?:${[...crashes.flatMap(({ precedes }) => precedes ?? []), julHeader].join("|")})$`;

/** Lines without content: blank lines, and the rulers of the sanitizers and the Java virtual machine. */
export const emptyLine = String.raw`^(?:\s*|={65}|={18}|#)$`;

/**
 * What Node prints above an uncaught error: a position, the line of code and a caret below it. It is dropped, because the
 * collectors join lines only to the line above and would store it separately. The first frame names the same position.
 */
export const nodePosition = String.raw`^(?:(?:file://)?/|node:)[^\s:]+:\d+\n[^\n]*\n\s*\^+\s*$`;

/** Pattern of a line that names an exception, without frames: the last one of a Python traceback. */
export const namedException = String.raw`(?:[A-Za-z_]\w*\.)*[A-Z]\w+(?:Error|Exception): `;

/** Pattern of the starts of all reports of a level. */
export function crashStarts(level: Crash["level"]): string {
  return crashes
    .filter((crash) => crash.level === level)
    .flatMap(({ starts }) => starts)
    .join("|");
}

/** Pattern of the starts of later lines of all reports. */
export const crashContinues = crashes.flatMap(({ continues }) => continues).join("|");
