import { crashStarts, julHeader, namedException } from "./crashes.ts";
import { wordsAt } from "./logger-words.ts";
import type { Stage } from "./stage.ts";
import { identifierNames } from "./steps.ts";

/** Dates, times and seconds since the epoch; names of days and months. */
const stamp = String.raw`\d{1,4}[-/:.]\d[\w:.,/+-]*|\d{1,2}[-/ ][A-Z][a-z]{2}[-/ ]\d{4}[\w:.]*|\d{10,}(?:\.\d+)?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6},?`;
const bracketed = String.raw`\[[^\]\n]*\]|\([^)\n]*\)|\{[^}\n]*\}|<[^>\n]*>`;
/** A name that a separator follows: `api - `, `0|app  | `, `nginx: `. */
const separated = String.raw`[\w.$/@-]+(?: - | *\|)|nginx:`;
/**
 * Further values once a line has started like a log line: process ids, time zones, separators, pairs, names of hosts, programs
 * and loggers.
 */
const further = [
  stamp,
  bracketed,
  separated,
  String.raw`\d[\w.#:+-]*`,
  "[A-Z]{1,4}T|UTC|GMT|AM|PM",
  String.raw`[+-]\d\d:?\d\d`,
  "[-|:]+",
  String.raw`[\w.-]+=(?:"[^"\n]*"|[^\s"']*)`,
  String.raw`(?:[\w.-]+ )?[\w./-]+\[[\w.-]+\]:`,
  String.raw`[A-Za-z_][\w$@-]*[._@][\w.$@:-]*`,
].join("|");
/** What loggers write before the level. Not greedy, so the first level counts, and a message ends it. */
const before = String.raw`^\x{FEFF}?(?:(?:${stamp}|${bracketed}|${separated})(?:[ \t]*(?:${further}))*?[ \t]*)?`;

const upper = wordsAt("word").map((word) => word.toUpperCase());
const inBrackets = String.raw`[\[(] *(?:(?:${stamp}|[+-]?\d[\w.,:+-]*)[ :,]+)*(?:[\w.-]+:)?(?P<level_bracket>(?i:${wordsAt("bracket").join("|")})|${upper.join("|")}) *[\]) :/|>]`;
const initial = String.raw`\[(?P<level_initial>[TDIWEFC])\]`;
const word = String.raw`(?:(?:[\w-]+\.|npm )?\b|LOG_)(?P<level_word>${upper.join("|")})(?:[ \t:|\[!]|$)`;
const colon = String.raw`\b(?P<level_colon>(?i:${wordsAt("colon").join("|")})):(?:[ \t]|$)`;
/** Only after a time, because `error reading: x` is a message, and `<error>` the start of an XML document. */
const column = String.raw`^(?:${stamp})(?:(?:[ \t|]+(?:${stamp}|\d[\w.#:+-]*))*[ \t|]+(?P<level_column>(?i:${wordsAt("column").join("|")}))(?:\t| *\|| +[\w.-]+ ?: | +0x)|[^<\n"'=]*[\])}] <(?P<level_angle>(?i:${wordsAt("angle").join("|")}))>)`;
const pair = String.raw`^(?:\S*\d\S*[ \t]+)?(?:[\w.@-]+=(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s"]*)[ \t]+)*?(?:level|lvl|severity|log\.level|levelname)=["']?(?P<level_pair>[A-Za-z]+)`;

/** Letters and signs: klog, glog, Ruby, Tornado; Android; Apple's compact style; Redis; systemd; and others by name. */
const signs = [
  String.raw`\[?(?P<level_letter>[DIWEFC])(?:\d{4}(?:\d{4})? \d\d:|, \[\d{4}-| \d\d:\d\d| \d{4}-\d\d-| \d{6} \d\d:)`,
  String.raw`\d\d-\d\d \d\d:\d\d:\d\d\.\d+ +\d+ +\d+ (?P<level_android>[VDIWEF]) `,
  String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ +(?P<level_apple>[A-Z][a-z]?) +\S[^\[\n]*\[\d+`,
  String.raw`(?P<level_logcat>[VDIWEF])/[\w.-]+ *\( *\d+\): `,
  String.raw`\d+:[A-Z] \d\d \w{3} \d{4} [\d:.]+ (?P<level_sign>[.*#-]) `,
  "<(?P<level_priority>[0-7])>",
  String.raw`\S+ (?P<level_telegraf>[DIWE])! `,
  "npm (?P<level_npm>error|warn) ",
  String.raw`(?:\[[^\]\n]*\] |NOTICE: PHP message: )?PHP (?P<level_php>Warning): `,
  String.raw`(?:\(node:\d+\) (?:\[\w+\] )?|\S+\.py:\d+: )\w*?(?P<level_warning>Warning): `,
  // CSV of PostgreSQL: the level is the twelfth value.
  String.raw`\d{4}-\d\d-\d\d [\d:.]+ \w+,(?:(?:"(?:[^"\n]|"")*"|[^,"\n]*),){10}(?P<level_csv>[A-Z]+)\d?,`,
].join("|");

const idPrefix = String.raw`(?:otel\.?|dd\.)?`;
const idsOf = identifierNames.map((name) => name.slice(0, -"_id".length));

/** Level and ids of lines that are not JSON. Only the first line of an entry is read, and only what precedes its message. */
export const readText: readonly Stage[] = [
  {
    stage: "regex",
    expression: String.raw`^(?:${julHeader}\n)?(?P<text_line>(?:[^{\n\x{FEFF}]|\{[^"\n]|\x{FEFF}[^{\n])[^\n]*)`,
  },
  { stage: "regex", source: "text_line", expression: pair },
  { stage: "regex", source: "text_line", expression: `${before}(?:${inBrackets}|${initial}|${word}|${colon})` },
  { stage: "regex", source: "text_line", expression: column },
  { stage: "regex", source: "text_line", expression: `^(?:${signs})` },
  // One search for any of the ids, because most lines have none. Spring Boot writes them in brackets, without names.
  {
    stage: "regex",
    source: "text_line",
    expression: String.raw`(?:^|[^A-Za-z_.-])(?:(?P<text_ids>(?i:${idPrefix}(?:${idsOf.join("|")})[._-]?id"?[=:].*))|\[(?:[\w.-]*,)?(?P<spring_ids>(?:[0-9a-f]{32}|[0-9a-f]{16})[,-][0-9a-f]{16})(?:,\w*)?\])`,
  },
  { stage: "regex", source: "spring_ids", expression: "^(?P<trace_id>[0-9a-f]+)[,-](?P<span_id>[0-9a-f]+)$" },
  ...idsOf.map(
    (name): Stage => ({
      stage: "regex",
      source: "text_ids",
      expression: String.raw`(?:^|[^A-Za-z_.-])(?i:${idPrefix}${name}[._-]?id)"?[=:] ?"?(?P<${name}_id>[\w-]+(?:[./][\w-]+)*)`,
    }),
  ),
];

/** Level of an entry that is a crash report, or to which one was joined. */
export const readCrash: readonly Stage[] = [
  {
    stage: "regex",
    expression: `^(?:(?P<level_critical>${crashStarts("critical")})|(?P<level_error>${crashStarts("error")}))`,
  },
  {
    stage: "regex",
    expression: String.raw`\n(?:(?P<inside_critical>${crashStarts("critical")})|(?P<inside_error>${namedException}))`,
  },
];
