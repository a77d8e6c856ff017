import { tmpdir } from "node:os";
import { lastLines } from "../lib/run-command.ts";

interface Cause {
  readonly sign: RegExp;
  readonly advice: (match: RegExpExecArray) => string;
}

/** What a failed build says, and what to do about it; the first that fits counts. */
const causes: readonly Cause[] = [
  {
    sign: /no space left on device/,
    advice: () =>
      `The disk is full. Free some space in ${tmpdir()} and in Go's caches (\`go env GOCACHE GOMODCACHE\`), or set TMPDIR, GOCACHE and GOMODCACHE to folders on a larger disk.`,
  },
  {
    sign: /([^\s"]+@[^\s"]+?):? .*?\b(40[134]|410|451|5\d\d) /s,
    advice: ([, module, status]) =>
      `The Go module proxy answers ${status} for ${module}. Set GOPROXY to one that serves it (now: \`go env GOPROXY\`).`,
  },
  {
    sign: /dial tcp|no such host|i\/o timeout|TLS handshake timeout|connection re(?:fused|set)/,
    advice: () =>
      "The Go module proxy does not answer. Check the network, and HTTPS_PROXY if the machine is behind a proxy.",
  },
  {
    sign: /checksum mismatch|SECURITY ERROR|zip: |unexpected EOF|corrupt/i,
    advice: () => "A downloaded module is damaged. Remove the downloads with `go clean -modcache`.",
  },
  {
    sign: /signal: killed|cannot allocate memory|out of memory/,
    advice: () =>
      "The machine ran out of memory: a build needs about 3 GiB. Close other programs, or build with GOFLAGS=-p=1.",
  },
];

/** The end of what a build wrote, what it means and how to continue. */
export function explainBuildFailure(label: string, output: string): string {
  const cause = causes.map(({ sign, advice }) => ({ match: sign.exec(output), advice })).find(({ match }) => match);
  const advice = cause?.match ? `${cause.advice(cause.match)}\n` : "";
  return `${label} could not be built.\n${advice}Then run the same command again: it continues with what is compiled already.\n\n${lastLines(output, 15)}`;
}
