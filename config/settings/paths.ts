import { alloy } from "../products/alloy/product.ts";
import { collectorDataDirectory } from "../products/collector/collector.ts";
import { prometheus } from "../products/prometheus/product.ts";
import { promtail } from "../products/promtail/product.ts";

/**
 * Describes why an absolute path cannot be mounted on either platform, and how to fix it; undefined if it can. Docker
 * separates the parts of a mount with `:`, and Kubernetes rejects `..`.
 */
export function mountPathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "is not an absolute path";
  const [found] = /[\\:\p{Cc}\u2028\u2029]/u.exec(path) ?? [];
  if (found !== undefined) return `contains ${JSON.stringify(found)}, which cannot be mounted; use a path without it`;
  if (!path.isWellFormed()) return "contains invalid Unicode; use a path without it";
  const segments = path.slice(1).split("/");
  if (segments.some((segment) => segment === "." || segment === ".."))
    return 'contains "." or ".."; use the path that it stands for';
  if (segments.slice(0, -1).includes("")) return 'contains "//"; use a single "/"';
  if (Buffer.byteLength(path) > 4_000 || segments.some((segment) => Buffer.byteLength(segment) > 255))
    return "is longer than a path can be; use a shorter one";
  return undefined;
}

/** Directories that a container needs itself, so that nothing of the host can be mounted in their place. */
const occupied = [
  "/",
  "/etc",
  "/run",
  "/tmp",
  "/usr",
  "/usr/local",
  "/usr/local/bin",
  "/usr/share",
  "/usr/share/zoneinfo",
  "/var",
  "/var/lib",
  "/var/run",
];

/** Like {@link occupied}, including everything below. */
const occupiedBelow = [
  "/bin",
  "/dev",
  "/etc/ssl",
  "/lib",
  "/lib64",
  "/proc",
  "/sbin",
  "/sys",
  "/usr/bin",
  "/usr/lib",
  "/usr/lib64",
  "/usr/sbin",
  alloy.configDirectory,
  promtail.configDirectory,
  collectorDataDirectory,
  prometheus.configDirectory,
  prometheus.dataDirectory,
  "/etc/secrets",
];

/** Whether mounting the host's directory at the same path would hide what a container needs. */
function isOccupied(directory: string): boolean {
  return (
    occupied.includes(directory) || occupiedBelow.some((path) => directory === path || directory.startsWith(`${path}/`))
  );
}

/**
 * Describes why the log files of a pattern cannot be collected, and how to fix it; undefined if they can. The directory is
 * mounted into the collector at the same path.
 */
export function logPathProblem(pattern: string): string | undefined {
  if (!pattern.startsWith("/")) return 'is not an absolute path; use a path such as "/var/log/app/*.log"';
  const problem = mountPathProblem(pattern);
  if (problem !== undefined) return problem;
  if (pattern.endsWith("/")) return 'is a directory; use a pattern for its files, such as "/var/log/app/*.log"';
  if (!isGlob(pattern)) return 'is not a valid pattern; close each "[" and "{"';
  const directory = logDirectory(pattern);
  return isOccupied(directory)
    ? `would mount the host's ${directory} over that of the collector; move the logs to another directory, such as "/var/log/app/*.log"`
    : undefined;
}

/**
 * Describes why Prometheus cannot read targets from the files of a pattern, and how to fix it; undefined if it can. The
 * directory is mounted into Prometheus at the same path.
 */
export function targetFileProblem(pattern: string): string | undefined {
  const example = 'such as "/srv/targets/*.yml"';
  if (!pattern.startsWith("/")) return `is not an absolute path; use a path ${example}`;
  const problem = mountPathProblem(pattern);
  if (problem !== undefined) return problem;
  if (!/^(?:\/[\w.@-]+)+\/[\w.@-]*\*?[\w.@-]*\.(?:json|ya?ml)$/.test(pattern))
    return `is not a valid pattern; use a path in a directory that ends with .json, .yml or .yaml, with at most one "*", in the file name, ${example}`;
  const directory = logDirectory(pattern);
  return isOccupied(directory)
    ? `would mount the host's ${directory} over that of Prometheus; move the files to another directory, ${example}`
    : undefined;
}

/** Returns "/srv/app" for "/srv/app/*.log" and "/srv/app/main.log". */
export function logDirectory(pattern: string): string {
  const beforeGlob = pattern.split(/[*?[{]/)[0] ?? pattern;
  return beforeGlob.slice(0, Math.max(1, beforeGlob.lastIndexOf("/")));
}

/** Whether brackets and braces are closed, and no bracket is empty. Braces may be nested, and may contain brackets. */
function isGlob(pattern: string): boolean {
  const rest = pattern.replace(/\[[!^]?[^\][{}/!^-](?:-?[^\][{}/-])*\]/g, "");
  if (/[[\]]/.test(rest)) return false;
  let depth = 0;
  for (const character of rest) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
