import { crashContinues, crashStarts, emptyLine, nodePosition, precedingBlock } from "./crashes.ts";
import type { Stage } from "./stage.ts";
import { joinLines } from "./steps.ts";

/** Marks a continuation, at the start of its line. Removed after joining. */
const mark = String.raw`{{ "\u0001" }}`;

/** Removes colors and carriage returns, which would break every pattern and every search. */
export const plainText: readonly Stage[] = [
  { stage: "replace", expression: String.raw`(\x1b\[[0-?]*[ -/]*[@-~])`, replace: "" },
  { stage: "replace", expression: String.raw`(\r)$`, replace: "" },
];

/**
 * Joins blocks that are incomplete to the one below: a traceback of Python without its last line, which may say anything, and
 * lines that announce a report. A multi-line stage can only join to the line above. So every block is rewritten in the CRI
 * format, whose stage joins partial lines to the next. It keeps the time, because it cannot parse "-" as one, and sets the
 * label stream.
 */
const joinToNext: readonly Stage[] = [
  { stage: "regex", expression: `(?P<partial>${precedingBlock})` },
  {
    stage: "template",
    source: "content",
    template: `- {{ .stream | default "stdout" }} {{ if .partial }}P{{ else }}F{{ end }} {{ .Entry }}{{ if .partial }}{{ "\\n" }}{{ end }}`,
  },
  { stage: "output", source: "content" },
  { stage: "cri" },
];

/**
 * Joins multi-line messages and crash reports in two passes. The first adds indented lines to the line above. Only then is it
 * known whether a line like `TypeError: x` starts a stack trace or ends one of Python, and the second pass joins the parts.
 * It waits longer, so that the last part is not late.
 */
export const joinText: readonly Stage[] = [
  ...plainText,
  { stage: "drop", expression: emptyLine, reason: "blank" },
  joinLines(String.raw`^(?:[^\s})\]]|  \+ Exception Group )`),
  ...joinToNext,
  { stage: "drop", expression: nodePosition, reason: "uncaught error's position" },
  { stage: "replace", expression: `^(${crashContinues})`, replace: `${mark}{{ .Value }}` },
  joinLines(String.raw`^[^\x01]`, "2s"),
  // Promtail gives a continuation without a start the time of the last start, however long ago that was.
  {
    stage: "template",
    source: "late",
    template: `{{ if hasPrefix "\\u0001" .Entry }}{{ (now).Format "2006-01-02T15:04:05.999999999Z07:00" }}{{ end }}`,
  },
  { stage: "timestamp", source: "late", format: "RFC3339Nano" },
  { stage: "replace", expression: String.raw`(\x01)`, replace: "" },
];

/** JSON lines. Plain lines below an object belong to it, unless they start a crash report. */
export const joinJson: readonly Stage[] = [
  ...plainText,
  { stage: "drop", expression: emptyLine, reason: "blank" },
  ...joinToNext,
  joinLines(String.raw`^(?:\x{FEFF}?\{|${crashStarts("critical")}|${crashStarts("error")})`),
];
