import { globPattern } from "../products/collector/glob.ts";
import { logFilesOf } from "../products/collector/log-files.ts";
import { either, type Problem, show } from "./problems.ts";
import { groupNames } from "./regular-expression.ts";
import type { LogsSettings, Settings } from "./schema.ts";
import { describeLayout, layoutOf } from "./time-layouts.ts";

type OwnFiles = LogsSettings["sources"]["files"][string];

/** Log files that a collector would reject, whose fields could never be found, or that would be stored twice. */
export function checkLogFiles({ logs }: Settings): Problem[] {
  return [
    ...Object.entries(logs.sources.files).flatMap(([name, files]) => {
      const path = `logs.sources.files.${name}`;
      return [...patternProblems(path, files), ...fieldProblems(path, files), ...timeProblems(path, files)];
    }),
    ...readTwice(logs.sources),
  ];
}

const example = String.raw`'^(?P<time>\S+) (?P<level>\w+) (?P<message>.*)$'`;

function patternProblems(path: string, { format, pattern }: OwnFiles): Problem[] {
  if (format !== "regex") {
    if (pattern === undefined) return [];
    return [
      {
        path: `${path}.pattern`,
        message: `is used only with format: regex; remove it, or change format ${show(format)}`,
      },
    ];
  }
  if (pattern === undefined) {
    return [
      {
        path: `${path}.pattern`,
        message: `is required by format: regex; use an RE2 expression with named groups, such as ${example}`,
      },
    ];
  }
  if (groupNames(pattern).length > 0) return [];
  return [
    {
      path: `${path}.pattern`,
      message: `${show(pattern)} has no named groups, which are the fields; name at least one, as in ${example}`,
    },
  ];
}

function fieldProblems(path: string, { format, pattern, time, level, message, traceId }: OwnFiles): Problem[] {
  const named = Object.entries({ "time.field": time?.field, level, message, traceId });
  const given = named.flatMap(([key, field]) => (field === undefined ? [] : [{ path: `${path}.${key}`, key, field }]));
  if (format === "plain") {
    return given.map(({ path }) => ({
      path,
      message:
        "is not supported by format: plain, which has no fields; remove it, or use format: json, logfmt or regex",
    }));
  }
  const groups = format === "regex" && pattern !== undefined ? groupNames(pattern) : [];
  return given.flatMap(({ path, key, field }, index) => {
    if (groups.length > 0 && !groups.includes(field)) {
      return [
        {
          path,
          message: `${show(field)} is not a group of pattern; use ${either(groups)}, or name a group (?P<${field}>…)`,
        },
      ];
    }
    const other = given.find((each, before) => before < index && each.field === field);
    if (other === undefined) return [];
    return [{ path, message: `${show(field)} is also ${other.key}; use another field, or remove ${key}` }];
  });
}

function timeProblems(path: string, { time }: OwnFiles): Problem[] {
  if (time?.timezone === undefined) return [];
  const { format, timezone } = time;
  const unused = (why: string): Problem[] => [{ path: `${path}.time.timezone`, message: `${show(timezone)} ${why}` }];
  if (format === undefined) return unused("is used only with time.format; set the format, or remove it");
  const layout = layoutOf(format);
  if (layout === undefined || describeLayout(layout).hasOffset)
    return unused(`is not used, because times in the format ${show(format)} have a time zone; remove it`);
  return [];
}

interface Pattern {
  readonly key: string;
  readonly path: string;
  readonly matches: RegExp;
}

/** Two sources would store every line of a file twice, and one position for both. */
function readTwice(sources: LogsSettings["sources"]): Problem[] {
  const before: Pattern[] = [];
  return logFilesOf(sources).flatMap(({ key, paths }) =>
    paths.flatMap((path, index) => {
      const own = { key, path, matches: new RegExp(`^${globPattern(path)}$`) };
      const other = before.find((each) => overlap(each, own));
      before.push(own);
      if (other === undefined || !key.startsWith("files.")) return [];
      return [
        {
          path: `logs.sources.${key}.paths[${index}]`,
          message: `${show(path)} is also read by logs.sources.${other.key} (${show(other.path)}); remove it from one of them`,
        },
      ];
    }),
  );
}

/** Whether a file that one path names matches the other. */
function overlap(one: Pattern, other: Pattern): boolean {
  return one.path === other.path || one.matches.test(other.path) || other.matches.test(one.path);
}
