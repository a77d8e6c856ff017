import { describeLayout } from "../../settings/time-layouts.ts";
import type { Stage } from "./stage.ts";

/** Value of `time_checked` for a line whose own time is not used. */
export const notUsed = "not used";

/** Loki accepts lines up to 10 minutes ahead; half of that is left for differences between clocks. */
const aheadSeconds = 300;

/** How long the collectors retry a push. */
const lateSeconds = 3_600;

const nano = "2006-01-02T15:04:05.999999999Z07:00";

/**
 * Sets the timestamp from an extracted value: a date and time with an offset or "Z", "UTC" or "GMT", Nginx's $time_local, or
 * seconds, milliseconds, microseconds or nanoseconds since the epoch. The time of reading is kept if the value is anything
 * else, if it has no time zone, or if Loki would refuse it: more than 5 minutes ahead, or older than `oldest` seconds.
 */
export function normaliseTimestamp(source: string, oldest: number): Stage[] {
  return [
    {
      stage: "regex",
      source,
      expression: String.raw`^(?P<time_date>\d{4}-\d\d-\d\d)[T ](?P<time_clock>\d\d:\d\d:\d\d)(?:[.,](?P<time_fraction>\d{1,9})\d*)? ?(?:[Zz]|UTC|GMT|(?P<time_hours>[+-]\d\d)(?::?(?P<time_minutes>\d\d))?)$`,
    },
    // The number of digits tells the unit.
    {
      stage: "regex",
      source,
      expression: String.raw`^(?P<epoch_seconds>\d{10})(?P<epoch_digits>\d{3}|\d{6}|\d{9})?(?:\.(?P<epoch_rest>\d{1,9})\d*)?$`,
    },
    {
      stage: "template",
      source: "time_checked",
      template: checked(source, oldest),
    },
    { stage: "timestamp", source: "time_checked", format: "RFC3339Nano" },
  ];
}

function checked(source: string, oldest: number): string {
  const zone =
    '{{ $zone := "Z" }}{{ if .time_hours }}{{ $zone = printf "%s:%s" .time_hours (.time_minutes | default "00") }}{{ end }}';
  const parts = '(printf "%sT%s.%s%s" .time_date .time_clock (.time_fraction | default "0") $zone)';
  const seconds = '(dateInZone "2006-01-02T15:04:05" (int64 .epoch_seconds) "UTC")';
  const epoch = `(printf "%s.%s%s0Z" ${seconds} (.epoch_digits | default "") (.epoch_rest | default ""))`;
  const time = [
    `{{ if .time_date }}${zone}{{ $time = toDate "${nano}" ${parts} }}`,
    `{{ else if .epoch_seconds }}{{ $time = toDate "${nano}" ${epoch} }}`,
    `{{ else }}{{ $time = toDate "02/Jan/2006:15:04:05 -0700" .${source} }}{{ end }}`,
  ].join("");
  return `{{ if .${source} }}{{ $time := now }}${time}${ifAccepted(oldest)}{{ end }}`;
}

/** Age in seconds of the oldest time that is used, if Loki refuses lines older than `oldest`. */
export function oldestUsed(oldest: number): number {
  return oldest - lateSeconds;
}

/** Writes `$time`, if Loki would accept it. */
function ifAccepted(oldest: number): string {
  return `{{ $age := ((now).Sub $time).Seconds }}{{ if and (lt $age ${oldestUsed(oldest).toFixed(1)}) (gt $age -${aheadSeconds}.0) }}{{ $time.Format "${nano}" }}{{ else }}${notUsed}{{ end }}`;
}

/**
 * Like `normaliseTimestamp`, for times in the time zone of a host. Times in `format` must sort chronologically as
 * text: the bounds are compared as text, because templates cannot parse a time in a zone.
 */
export function localTimestamp(source: string, { format, timezone, oldest }: LocalTime): Stage[] {
  const bound = (seconds: string) => `(dateInZone "${format}" (dateModify "${seconds}" now) "${timezone}")`;
  return [
    {
      stage: "template",
      source: "time_checked",
      template: `{{ if .${source} }}{{ if and (gt .${source} ${bound(`-${oldestUsed(oldest)}s`)}) (lt .${source} ${bound(`${aheadSeconds}s`)}) }}{{ .${source} }}{{ else }}${notUsed}{{ end }}{{ end }}`,
    },
    { stage: "timestamp", source: "time_checked", format, location: timezone },
  ];
}

interface LocalTime {
  readonly format: string;
  readonly timezone: string;
  readonly oldest: number;
}

/**
 * Like `normaliseTimestamp`, for PostgreSQL, which logs an offset or the abbreviation of a time zone. An abbreviation is
 * ambiguous, so it counts only if it is the one that the configured zone uses at that time.
 */
export function zonedTimestamp(source: string, { timezone, oldest }: Omit<LocalTime, "format">): Stage[] {
  const stages = normaliseTimestamp(source, oldest);
  if (timezone === "UTC") return stages;
  const named = (zone: string) =>
    `(printf "%sT%s.%s%s" .named_date .named_clock (.named_fraction | default "0") ${zone})`;
  // The zone's offset a day before and a day after: one of them applies, even on the day when clocks change.
  const attempts = ["-24h", "24h"].map((step) => {
    const offset = `(dateInZone "-07:00" (dateModify "${step}" $utc) "${timezone}")`;
    const same = `eq (dateInZone "2006-01-02 15:04:05 MST" $try "${timezone}") $written`;
    return `{{ $try := toDate "${nano}" ${named(offset)} }}{{ if ${same} }}{{ $time = $try }}{{ end }}`;
  });
  const begin = [
    '{{ $written := printf "%s %s %s" .named_date .named_clock .named_zone }}',
    `{{ $utc := toDate "${nano}" ${named('"Z"')} }}`,
    '{{ $time := toDate "2006" "none" }}',
  ].join("");
  return [
    {
      stage: "regex",
      source,
      expression: String.raw`^(?P<named_date>\d{4}-\d\d-\d\d) (?P<named_clock>\d\d:\d\d:\d\d)(?:\.(?P<named_fraction>\d{1,9}))? (?P<named_zone>[A-Z]{2,5})$`,
    },
    ...stages.map((stage) =>
      stage.stage === "template"
        ? {
            ...stage,
            template: `{{ if and .named_zone (not .time_date) }}${begin}${attempts.join("")}${ifAccepted(oldest)}{{ else }}${stage.template}{{ end }}`,
          }
        : stage,
    ),
  ];
}

interface LayoutTime {
  readonly layout: string;
  /** Time zone of a layout without an offset. */
  readonly timezone: string;
  readonly oldest: number;
}

/**
 * Like `normaliseTimestamp`, for a time in a Go layout. Templates cannot parse a time in a zone, so its offset is that of a day
 * before or a day after. A layout without a year gets this year, the next or the last: the latest that is not in the future.
 */
export function layoutTimestamp(source: string, { layout, timezone, oldest }: LayoutTime): Stage[] {
  const { hasYear, hasOffset, hasAbbreviation } = describeLayout(layout);
  const value = hasYear ? "$value" : `(printf "%d %s" $year $value)`;
  const goLayout = JSON.stringify(hasYear ? layout : `2006 ${layout}`);
  const parse =
    hasOffset || hasAbbreviation
      ? `(toDate ${goLayout} ${value})`
      : `(toDate ${JSON.stringify(`${JSON.parse(goLayout)} Z07:00`)} (printf "%s Z" ${value}))`;
  const accept = hasYear
    ? "{{ $time = $try }}"
    : `{{ if and (gt $try.Year 1) (gt ((now).Sub $try).Seconds -${aheadSeconds}.0) }}{{ $time = $try }}{{ end }}`;
  const inZone = hasOffset ? `{{ $try := ${parse} }}${accept}` : zoned(parse, { timezone, hasAbbreviation, accept });
  const attempts = hasYear
    ? inZone
    : `{{ $this := int (dateInZone "2006" now "${timezone}") }}{{ range $year := list (sub $this 1) $this (add $this 1) }}${inZone}{{ end }}`;
  return [
    {
      stage: "template",
      source: "time_checked",
      template: `{{ if .${source} }}{{ $value := printf "%v" .${source} }}{{ $time := toDate "2006" "none" }}${attempts}${ifAccepted(oldest)}{{ end }}`,
    },
    { stage: "timestamp", source: "time_checked", format: "RFC3339Nano" },
  ];
}

interface Zoned {
  readonly timezone: string;
  readonly hasAbbreviation: boolean;
  /** Action on `$try`, a time that the clock of the zone has shown. */
  readonly accept: string;
}

function zoned(parse: string, { timezone, hasAbbreviation, accept }: Zoned): string {
  const clock = "2006-01-02T15:04:05";
  const offset = (step: string) => `(dateInZone "-07:00" (dateModify "${step}" $written) "${timezone}")`;
  const shown = `eq (dateInZone "${clock}" $try "${timezone}") ($written.Format "${clock}")`;
  const same = hasAbbreviation
    ? `and (${shown}) (eq (dateInZone "MST" $try "${timezone}") ($written.Format "MST"))`
    : shown;
  const attempts = ["-24h", "24h"].map(
    (step) => `{{ $try := toDate "${nano}" (printf "%s%s" $clock ${offset(step)}) }}{{ if ${same} }}${accept}{{ end }}`,
  );
  const utc = `{{ $try := toDate "${nano}" (printf "%sZ" $clock) }}${accept}`;
  const begin = `{{ $written := ${parse} }}{{ $clock := $written.Format "${clock}.999999999" }}`;
  if (timezone === "UTC" && !hasAbbreviation) return begin + utc;
  if (!hasAbbreviation) return begin + attempts.join("");
  return `${begin}{{ if has ($written.Format "MST") (list "UTC" "GMT") }}${utc}{{ else }}${attempts.join("")}{{ end }}`;
}
