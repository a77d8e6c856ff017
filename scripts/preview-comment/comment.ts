import { isDashboard } from "./dashboards.ts";
import type { Effects } from "./effects.ts";
import { engineText } from "./engine.ts";
import { bytesOf, code, count, listed, plain } from "./markdown.ts";
import { fitted, type Patch, patches } from "./patches.ts";
import { changedPaths, type Rendered } from "./rendered.ts";
import { effectsOf, platformOf } from "./restarts.ts";
import { type Section, sections } from "./words.ts";

/** GitHub's limit for a comment, in characters. Counting bytes instead is on the safe side. */
export const commentLimit = 65_536;
/** Minimum that fits one line of each section. */
export const leastLimit = 32_768;

export interface CommentOptions {
  readonly stack?: string | undefined;
  /** Output of `pulumi preview`. */
  readonly engine?: string | undefined;
  /** URL of the full diff. */
  readonly run?: string | undefined;
  readonly limit: number;
}

/** First line of a comment; identifies it for the next run. */
export function markerOf(stack: string | undefined): string {
  return `<!-- white-room-monitoring preview${stack === undefined ? "" : ` ${stack}`} -->`;
}

/** Pull request comment: summary of changes, effects on running programs and data, diffs, and the engine's summary. */
export function comment(before: Rendered, after: Rendered, { stack, engine, run, limit }: CommentOptions): string {
  const head = [markerOf(stack), stack === undefined ? "### Preview" : `### Preview of stack ${plain(stack)}`];
  const tail = engine === undefined ? [] : [engineText(engine, limit / 4)];
  const summary = summaryWithin(before, after, limit / 2 - 2048);
  const room = limit - bytesOf(joined([...head, ...summary, ...tail])) - 2048;
  const { text, omitted } = fitted(patches(before, after), room);
  return `${joined([...head, ...summary, ...screenshotsNote(before, after, run), ...(text === "" ? [] : ["**Diff of rendered files**", text]), ...truncationNote(omitted, run), ...tail])}\n`;
}

/** Link to the screenshots of changed dashboards. */
function screenshotsNote(before: Rendered, after: Rendered, run: string | undefined): string[] {
  if (run === undefined || !changedPaths(before, after).some(isDashboard)) return [];
  return [`Screenshots of the changed dashboards are in the artifact \`dashboards\` of [this run](${run}).`];
}

function joined(blocks: readonly string[]): string {
  return blocks.join("\n\n");
}

/** Summary of changes with as many lines per section as fit into a number of bytes. */
function summaryWithin(before: Rendered, after: Rendered, bytes: number): string[] {
  const overview = overviewOf(before, after);
  if (overview !== undefined) return [overview];
  const [changed, effects] = [sections(before, after), effectsOf(before, after)];
  const candidates = [40, 20, 10, 5, 3, 1].map((maxLines) => [
    ...changed.map((section) => list(section, maxLines)),
    ...effectBlocks(effects, maxLines),
  ]);
  return candidates.find((blocks) => bytesOf(joined(blocks)) <= bytes) ?? candidates.at(-1) ?? [];
}

/** A sentence for cases without a comparison: no changes, a new or removed stack, or another platform. */
function overviewOf(before: Rendered, after: Rendered): string | undefined {
  const [old, now] = [platformOf(before), platformOf(after)];
  if (changedPaths(before, after).length === 0) return "No changes in rendered files.";
  if (old === undefined) return `This stack is new: ${count(after.size, "file")} on ${now ?? "no platform"}.`;
  if (now === undefined) {
    return "**This stack is removed from the program. Its resources keep running until `pulumi destroy`.**";
  }
  if (old === now) return undefined;
  return `**The platform changes from ${old} to ${now}: everything on ${old} is removed, and data is not migrated.**`;
}

function list({ title, lines }: Section, maxLines: number): string {
  const omitted = lines.length - maxLines;
  const shown = [...lines.slice(0, maxLines), ...(omitted > 0 ? [`… and ${omitted} more`] : [])];
  return `**${title}**\n\n${shown.map((text) => `- ${text}`).join("\n")}`;
}

function effectBlocks({ data, programs, reloads }: Effects, maxLines: number): string[] {
  const shown = reloads.slice(0, 10).map(plain);
  const more = reloads.length - shown.length;
  const reloading = listed([...shown, ...(more > 0 ? [`${more} more`] : [])]);
  const lines = [
    ...programs,
    ...(reloads.length > 0
      ? [`No restart: ${reloading} ${reloads.length === 1 ? "reloads" : "reload"} changed files`]
      : []),
  ];
  return [
    ...(data.length > 0 ? [list({ title: "Data", lines: data }, maxLines)] : []),
    ...(lines.length > 0 ? [list({ title: "Restarts", lines }, maxLines)] : []),
  ];
}

function truncationNote(omitted: readonly Patch[], run: string | undefined): string[] {
  if (omitted.length === 0) return [];
  const lines = omitted.reduce((sum, { added, removed }) => sum + added + removed, 0);
  const names = omitted.slice(0, 5).map(({ path }) => code(path));
  const more = omitted.length - names.length;
  const where =
    run === undefined
      ? "Compare the two folders for the full diff"
      : `See [the run's summary](${run}) for the full diff`;
  return [
    `**Truncated: ${count(omitted.length, "more file")}, ${count(lines, "line")}** (${listed([...names, ...(more > 0 ? [`${more} more`] : [])])}). ${where}.`,
  ];
}
