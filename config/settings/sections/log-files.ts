import { z } from "zod";
import { logPathProblem } from "../paths.ts";
import { regex } from "../regular-expression.ts";
import { timeFormatProblem } from "../time-layouts.ts";
import { checkedText, name, text, timeZone, wrongType } from "../units.ts";

/** A path or pattern of log files that can be mounted into the collector. */
export const logPath = checkedText(logPathProblem, 'is not an absolute path; use a path such as "/var/log/app/*.log"');

/** Formats of your own log files. */
export const logFormats = ["json", "logfmt", "regex", "plain"] as const;

const field = text(
  /^(?=.{1,100}$)[\w@/:-]+(?:\.[\w@/:-]+)*$/,
  'is not a valid field name; use letters, digits and "_ @ / : -", with dots between nested keys, such as "event.created"',
);

const time = z.strictObject({
  field: field.describe("Field with the time."),
  format: checkedText(
    timeFormatProblem,
    'is not a time format; use Go\'s reference time in the notation of the log, such as "2006-01-02 15:04:05"',
  )
    .optional()
    .describe(
      'Notation of the time: Go\'s reference time, such as "02.01.2006 15:04:05", or a name such as RFC3339. If unset, ISO 8601 with a time zone, the time of Nginx, and seconds since 1970 or fractions of them are read.',
    ),
  timezone: timeZone.optional().describe("Time zone of a format without a numeric offset. Defaults to UTC."),
});

const source = z.strictObject({
  service: name.optional().describe("Value of the service label. Defaults to the name of the source."),
  paths: z
    .array(logPath, { error: wrongType("a list", '["/var/log/app/*.log"]') })
    .min(1)
    .describe("Log files on the collector's host; globs are supported. Their folders are mounted read-only."),
  format: z
    .enum(logFormats)
    .describe(
      "json and logfmt: one object, or one list of pairs, per line. regex: lines that match pattern. plain: any text; only its level and IDs are read, like those of containers.",
    ),
  pattern: regex
    .optional()
    .describe("Format regex: RE2 expression for the first line of an entry, whose named groups are its fields."),
  time: time
    .optional()
    .describe(
      "Time of an entry. Defaults to the common field names with format json and logfmt, to the group time with format regex, and to the time of reading with format plain.",
    ),
  level: field
    .optional()
    .describe(
      "Field with the level. Defaults to the common field names, or the group level; else it is read from the text.",
    ),
  message: field
    .optional()
    .describe("Field that replaces the first line in the stored text. If unset, the whole line is stored."),
  traceId: field
    .optional()
    .describe(
      "Field with the trace ID. Defaults to the common field names, or the group trace_id; else it is read from the text.",
    ),
  firstLine: regex
    .optional()
    .describe(
      "RE2 expression that only the first line of an entry matches; other lines are joined to it. If unset, indented lines, and those of stack traces and crash reports, are joined.",
    ),
});

/** Your own log files, by name. */
export const ownFiles = z.record(name, source).default({}).describe("Log files of your own services, by name.");
