/** What a Go time layout contains. */
export interface TimeLayout {
  readonly hasYear: boolean;
  /** A numeric offset, or "Z". */
  readonly hasOffset: boolean;
  /** An abbreviation such as CET. */
  readonly hasAbbreviation: boolean;
}

/** Names for layouts, as in Go and in the collectors. `undefined`: seconds or their fractions, which need no layout. */
const named: Readonly<Record<string, string | undefined>> = {
  ANSIC: "Mon Jan _2 15:04:05 2006",
  UnixDate: "Mon Jan _2 15:04:05 MST 2006",
  RubyDate: "Mon Jan 02 15:04:05 -0700 2006",
  RFC822: "02 Jan 06 15:04 MST",
  RFC822Z: "02 Jan 06 15:04 -0700",
  RFC850: "Monday, 02-Jan-06 15:04:05 MST",
  RFC1123: "Mon, 02 Jan 2006 15:04:05 MST",
  RFC1123Z: "Mon, 02 Jan 2006 15:04:05 -0700",
  RFC3339: "2006-01-02T15:04:05Z07:00",
  RFC3339Nano: "2006-01-02T15:04:05.999999999Z07:00",
  Unix: undefined,
  UnixMs: undefined,
  UnixUs: undefined,
  UnixNs: undefined,
};

/** The layout of a valid `time.format`; undefined if the digits of the time say its unit. */
export function layoutOf(format: string): string | undefined {
  return Object.hasOwn(named, format) ? named[format] : format;
}

type Part =
  | "year"
  | "month"
  | "day"
  | "day of the year"
  | "weekday"
  | "hour"
  | "hour12"
  | "minute"
  | "second"
  | "half of the day"
  | "offset"
  | "abbreviation"
  | "fraction";

/** In the order in which Go's parser tries them: https://pkg.go.dev/time#pkg-constants */
const tokens: readonly [pattern: RegExp, part: Part][] = [
  [/January|Jan(?![a-z])/y, "month"],
  [/Monday|Mon(?![a-z])/y, "weekday"],
  [/MST/y, "abbreviation"],
  [/002|__2/y, "day of the year"],
  [/01/y, "month"],
  [/_?2006|06/y, "year"],
  [/02|_2/y, "day"],
  [/03/y, "hour12"],
  [/04/y, "minute"],
  [/05/y, "second"],
  [/15/y, "hour"],
  [/1/y, "month"],
  [/2/y, "day"],
  [/3/y, "hour12"],
  [/4/y, "minute"],
  [/5/y, "second"],
  [/PM|pm/y, "half of the day"],
  [/[-Z]07(?:00(?:00)?|:00(?::00)?)?/y, "offset"],
  [/[.,](?:0+|9+)(?!\d)/y, "fraction"],
];

/** Parts of a layout, and the text between them. */
function read(layout: string): { parts: Part[]; rest: string } {
  const parts: Part[] = [];
  let rest = "";
  for (let at = 0; at < layout.length; ) {
    const found = tokens.find(([pattern]) => {
      pattern.lastIndex = at;
      return pattern.test(layout);
    });
    if (found === undefined) {
      rest += layout[at];
      at += 1;
    } else {
      parts.push(found[1]);
      at = found[0].lastIndex;
    }
  }
  return { parts, rest };
}

export function describeLayout(layout: string): TimeLayout {
  const { parts } = read(layout);
  return {
    hasYear: parts.includes("year"),
    hasOffset: parts.includes("offset"),
    hasAbbreviation: parts.includes("abbreviation"),
  };
}

const strftime: Readonly<Record<string, string>> = {
  "%Y": "2006",
  "%y": "06",
  "%m": "01",
  "%d": "02",
  "%e": "_2",
  "%j": "002",
  "%b": "Jan",
  "%h": "Jan",
  "%B": "January",
  "%a": "Mon",
  "%A": "Monday",
  "%H": "15",
  "%I": "03",
  "%M": "04",
  "%S": "05",
  "%L": "000",
  "%f": "000000",
  "%N": "000000000",
  "%p": "PM",
  "%z": "-0700",
  "%:z": "-07:00",
  "%Z": "MST",
  "%F": "2006-01-02",
  "%T": "15:04:05",
  "%R": "15:04",
  "%D": "01/02/06",
};

/** Letters of Java, .NET and moment.js, which enclose literal text in quotes. */
const letters: Readonly<Record<string, string>> = {
  yyyy: "2006",
  YYYY: "2006",
  uuuu: "2006",
  yy: "06",
  YY: "06",
  MMMM: "January",
  MMM: "Jan",
  MM: "01",
  dd: "02",
  DD: "02",
  EEE: "Mon",
  ddd: "Mon",
  HH: "15",
  hh: "03",
  mm: "04",
  ss: "05",
  SSS: "000",
  fff: "000",
  SSSSSS: "000000",
  ffffff: "000000",
  SSSSSSSSS: "000000000",
  a: "PM",
  A: "PM",
  tt: "PM",
  XXX: "Z07:00",
  zzz: "Z07:00",
  K: "Z07:00",
  Z: "-0700",
};

/** A format of another notation in that of Go; undefined if it has unknown directives. */
function translated(format: string): string | undefined {
  const layout = format.includes("%")
    ? format.replace(/%:?[A-Za-z]/g, (found) => strftime[found] ?? found)
    : format.replace(
        /'([^']*)'|([A-Za-z])\2*/g,
        (found, quoted: string | undefined) => quoted ?? letters[found] ?? found,
      );
  return layout.includes("%") ? undefined : layout;
}

const example = '"2006-01-02 15:04:05"';
const howTo = `use Go's reference time in the notation of the log, such as ${example}, or a name such as "RFC3339"`;

/** Describes why a format does not parse times of log lines, and how to fix it; undefined if it does. */
export function timeFormatProblem(format: string): string | undefined {
  if (format === "") return `is empty; ${howTo}`;
  if (Object.hasOwn(named, format)) return undefined;
  const name = Object.keys(named).find((each) => each.toLowerCase() === format.toLowerCase());
  if (name !== undefined) return `is not a time format; use "${name}"`;
  if (!/^[\x20-\x7e]+$/.test(format)) return `contains characters other than printable ASCII; ${howTo}`;
  const problem = layoutProblem(format);
  if (problem === undefined) return undefined;
  const layout = translated(format);
  const remaining = layout === undefined ? problem : layoutProblem(layout);
  if (remaining === undefined) return `is not a Go time layout; use "${layout}"`;
  // Only a layout with a date is certainly a translation.
  return `${/ no (?:time of day|minutes)$/.test(remaining) ? remaining : problem}; ${howTo}`;
}

function layoutProblem(layout: string): string | undefined {
  const { parts, rest } = read(layout);
  if (parts.length === 0) return "is not a time format";
  const twice = parts.find((part, index) => parts.indexOf(part) < index);
  if (/\d/.test(rest) || twice !== undefined)
    return "has digits that are not of Go's reference time, Mon Jan 2 15:04:05 2006";
  if (!parts.includes("day of the year") && !(parts.includes("month") && parts.includes("day"))) return "has no date";
  if (!parts.includes("hour") && !parts.includes("hour12")) return "has no time of day";
  if (!parts.includes("minute")) return "has no minutes";
  if (parts.includes("hour12") && !parts.includes("half of the day")) return 'has hours from 1 to 12, but no "PM"';
  return undefined;
}
