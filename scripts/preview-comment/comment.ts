import { isDashboard } from "./dashboards.ts";
import type { Effects } from "./effects.ts";
import { engineText } from "./engine.ts";
import { bytesOf, code, count, listed, plain } from "./markdown.ts";
import { fitted, type Patch, patches } from "./patches.ts";
import { changedPaths, type Rendered } from "./rendered.ts";
import { effectsOf, platformOf } from "./restarts.ts";
import { type Section, sections } from "./words.ts";

/** GitHub refuses longer comments. It counts characters; bytes are never fewer. */
export const commentLimit = 65_536;
/** Less leaves no room for a line of each subject. */
export const leastLimit = 32_768;

export interface CommentOptions {
  readonly stack?: string | undefined;
  /** What `pulumi preview` printed. */
  readonly engine?: string | undefined;
  /** Where the whole diff is. */
  readonly run?: string | undefined;
  readonly limit: number;
}

/** First line of a comment, by which the next run finds it. */
export function markerOf(stack: string | undefined): string {
  return `<!-- white-room-monitoring preview${stack === undefined ? "" : ` ${stack}`} -->`;
}

/** The text of a pull request's comment: changes in words, what they do to what runs, diffs, and the engine's summary. */
export function comment(before: Rendered, after: Rendered, { stack, engine, run, limit }: CommentOptions): string {
  const head = [markerOf(stack), stack === undefined ? "### Preview" : `### Preview of stack ${plain(stack)}`];
  const tail = engine === undefined ? [] : [engineText(engine, limit / 4)];
  const words = wordsWithin(before, after, limit / 2 - 2048);
  const room = limit - bytesOf(joined([...head, ...words, ...tail])) - 2048;
  const { text, left } = fitted(patches(before, after), room);
  return `${joined([...head, ...words, ...picturesLine(before, after, run), ...(text === "" ? [] : ["**Diff of rendered files**", text]), ...cutLine(left, run), ...tail])}\n`;
}

/** Where the workflow puts the pictures of changed dashboards. */
function picturesLine(before: Rendered, after: Rendered, run: string | undefined): string[] {
  if (run === undefined || !changedPaths(before, after).some(isDashboard)) return [];
  return [`Pictures of the changed dashboards, before and after: artifact \`dashboards\` of [the run](${run}).`];
}

function joined(blocks: readonly string[]): string {
  return blocks.join("\n\n");
}

/** The words with as many lines of each subject as there is room for. */
function wordsWithin(before: Rendered, after: Rendered, bytes: number): string[] {
  const overview = overviewOf(before, after);
  if (overview !== undefined) return [overview];
  const [told, effect] = [sections(before, after), effectsOf(before, after)];
  const candidates = [40, 20, 10, 5, 3, 1].map((most) => [
    ...told.map((section) => list(section, most)),
    ...effectBlocks(effect, most),
  ]);
  return candidates.find((blocks) => bytesOf(joined(blocks)) <= bytes) ?? candidates.at(-1) ?? [];
}

/** One sentence where there is nothing to compare; undefined where there is. */
function overviewOf(before: Rendered, after: Rendered): string | undefined {
  const [old, now] = [platformOf(before), platformOf(after)];
  if (changedPaths(before, after).length === 0) return "No changes in rendered files.";
  if (old === undefined) return `This stack is new: ${count(after.size, "file")} on ${now ?? "no platform"}.`;
  if (now === undefined) {
    return "**This stack is removed from the program. What it deployed keeps running until `pulumi destroy`.**";
  }
  if (old === now) return undefined;
  return `**The platform changes from ${old} to ${now}: everything on ${old} is removed, and data is not moved.**`;
}

function list({ title, lines }: Section, most: number): string {
  const left = lines.length - most;
  const shown = [...lines.slice(0, most), ...(left > 0 ? [`… and ${left} more`] : [])];
  return `**${title}**\n\n${shown.map((text) => `- ${text}`).join("\n")}`;
}

function effectBlocks({ data, programs, reloads }: Effects, most: number): string[] {
  const shown = reloads.slice(0, 10).map(plain);
  const more = reloads.length - shown.length;
  const reloading = listed([...shown, ...(more > 0 ? [`${more} more`] : [])]);
  const lines = [
    ...programs,
    ...(reloads.length > 0
      ? [`No restart: ${reloading} ${reloads.length === 1 ? "takes" : "take"} changed files while running`]
      : []),
  ];
  return [
    ...(data.length > 0 ? [list({ title: "Data", lines: data }, most)] : []),
    ...(lines.length > 0 ? [list({ title: "Restarts", lines }, most)] : []),
  ];
}

function cutLine(left: readonly Patch[], run: string | undefined): string[] {
  if (left.length === 0) return [];
  const lines = left.reduce((sum, { added, removed }) => sum + added + removed, 0);
  const names = left.slice(0, 5).map(({ path }) => code(path));
  const more = left.length - names.length;
  const where =
    run === undefined ? "Compare the two folders to see it all" : `The whole diff is in [the run's summary](${run})`;
  return [
    `**Cut here: ${count(left.length, "file")}, ${count(lines, "line")} more** (${listed([...names, ...(more > 0 ? [`${more} more`] : [])])}). ${where}.`,
  ];
}
