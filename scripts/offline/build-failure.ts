import { tmpdir } from "node:os";
import { lastLines } from "../lib/run-command.ts";

interface Cause {
  readonly pattern: RegExp;
  readonly advice: (match: RegExpExecArray) => string;
}

/** Advice for known build errors. The first match wins. */
const causes: readonly Cause[] = [
  {
    pattern: /no space left on device/,
    advice: () =>
      `The disk is full. Free some space in ${tmpdir()} and in Go's caches (\`go env GOCACHE GOMODCACHE\`), or set TMPDIR, GOCACHE and GOMODCACHE to folders on a larger disk.`,
  },
  {
    pattern: /([^\s"]+@[^\s"]+?):? .*?\b(40[134]|410|451|5\d\d) /s,
    advice: ([, module, status]) =>
      `The Go module proxy returned ${status} for ${module}. Set GOPROXY to a proxy that serves it (current: \`go env GOPROXY\`).`,
  },
  {
    pattern: /dial tcp|no such host|i\/o timeout|TLS handshake timeout|connection re(?:fused|set)/,
    advice: () =>
      "Cannot reach the Go module proxy. Check the network, and HTTPS_PROXY if the machine is behind a proxy.",
  },
  {
    pattern: /checksum mismatch|SECURITY ERROR|zip: |unexpected EOF|corrupt/i,
    advice: () => "A downloaded module is corrupt. Clear the module cache with `go clean -modcache`.",
  },
  {
    pattern: /signal: killed|cannot allocate memory|out of memory/,
    advice: () =>
      "The machine ran out of memory: a build needs about 3 GiB. Close other programs, or build with GOFLAGS=-p=1.",
  },
];

/** Error message for a failed build: the cause if known, how to continue, and the end of the output. */
export function explainBuildFailure(label: string, output: string): string {
  const cause = causes
    .map(({ pattern, advice }) => ({ match: pattern.exec(output), advice }))
    .find(({ match }) => match);
  const advice = cause?.match ? `${cause.advice(cause.match)}\n` : "";
  return `${label} failed to build.\n${advice}Then run the same command again; it resumes where it stopped.\n\n${lastLines(output, 15)}`;
}
