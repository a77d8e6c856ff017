import type { AlertingSettings } from "../../settings/schema.ts";

type QuietHours = NonNullable<AlertingSettings["quietHours"]>;
type Weekday = NonNullable<QuietHours["days"]>[number];

/** A time interval of Alertmanager. */
export interface TimeInterval {
  readonly name: string;
  readonly time_intervals: readonly {
    readonly times: readonly { readonly start_time: string; readonly end_time: string }[];
    readonly weekdays?: readonly Weekday[];
    readonly location: string;
  }[];
}

/** Name of the interval, referenced by routes. */
export const quietHoursName = "quiet-hours";

const week: readonly Weekday[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/**
 * Quiet hours as a time interval. Alertmanager's ranges must not cross midnight, so such a range is split; the part after
 * midnight belongs to the next day.
 */
export function quietHoursInterval({ start, end, timeZone, days }: QuietHours): TimeInterval {
  const part = (from: string, until: string, on: readonly Weekday[] | undefined) => ({
    times: [{ start_time: from, end_time: until }],
    ...(on !== undefined && { weekdays: on }),
    location: timeZone,
  });
  if (start < end) return { name: quietHoursName, time_intervals: [part(start, end, days)] };
  const evening = part(start, "24:00", days);
  const morning = end === "00:00" ? [] : [part("00:00", end, days?.map(dayAfter))];
  return { name: quietHoursName, time_intervals: [evening, ...morning] };
}

function dayAfter(day: Weekday): Weekday {
  return week[(week.indexOf(day) + 1) % week.length] ?? day;
}
