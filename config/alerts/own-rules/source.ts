import { EVENT_ID, type Event, getScalarValue, loadAll, parseEvents, type ScalarEvent, YAMLException } from "js-yaml";
import { readNamedFile, UnreadableFile } from "../../settings/named-file.ts";
import { excessOf } from "../../settings/stack-file.ts";

/** A path inside a document, such as `groups.0.rules.2.expr`. */
export type Place = string;

/** A user's YAML file, with the position of every value. */
export interface Source {
  readonly document: unknown;
  /** `<line>:<column>` of a value or, if it is inside an alias, of what contains the alias. */
  at(place: Place): string;
  /** `<line>:<column>` of the character at this index of a string value. */
  atIndex(place: Place, index: number): string;
}

/** Far more than any rule file needs; a ConfigMap holds 1 MiB. */
const maxBytes = 256 * 1024;
const maxDepth = 16;

/** Reads a rule file. Returns what is wrong with it as `:<line>:<column> <message>` or ` <message>`. */
export function readSource(path: string): Source | { readonly problem: string } {
  try {
    const text = readNamedFile(path, maxBytes);
    const documents = loadAll(text, { maxDepth });
    if (documents.length > 1) return { problem: " contains more than one YAML document; use one file per document" };
    const excess = excessOf(documents[0]);
    if (excess !== undefined) return { problem: ` ${excess}` };
    const positions = positionsOf(text, parseEvents(text, { maxDepth }));
    return { document: documents[0] ?? null, ...locator(text, positions) };
  } catch (error) {
    if (error instanceof UnreadableFile) return { problem: ` ${error.message}` };
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    const place = mark === undefined ? "" : `:${mark.line + 1}:${mark.column + 1}`;
    return { problem: `${place} is not valid YAML: ${reason.replace(/ (?:"|!<).*$/s, "")}; fix this line` };
  }
}

type Position = { readonly start: number; readonly scalar?: ScalarEvent };

/** Start of every value by its path. */
function positionsOf(text: string, events: readonly Event[]): Map<Place, Position> {
  const positions = new Map<Place, Position>();
  let index = 0;
  const read = (place: Place): string => {
    const event = events[index];
    index += 1;
    if (event === undefined) return "";
    if (event.type === EVENT_ID.SCALAR) {
      // An empty value has no position.
      if (event.valueStart >= 0) positions.set(place, { start: event.valueStart, scalar: event });
      return getScalarValue(text, event);
    }
    if (event.type === EVENT_ID.ALIAS || event.type === EVENT_ID.POP) return "";
    if (event.type !== EVENT_ID.DOCUMENT) positions.set(place, { start: event.start });
    const isOpen = () => index < events.length && events[index]?.type !== EVENT_ID.POP;
    for (let item = 0; isOpen(); item += 1) {
      if (event.type === EVENT_ID.MAPPING) {
        const key = read(below(place, "<key>"));
        read(below(place, key));
      } else read(event.type === EVENT_ID.SEQUENCE ? below(place, String(item)) : place);
    }
    index += 1;
    return "";
  };
  read("");
  return positions;
}

function below(place: Place, key: string): Place {
  return place === "" ? key : `${place}.${key}`;
}

function locator(text: string, positions: ReadonlyMap<Place, Position>): Pick<Source, "at" | "atIndex"> {
  const show = (offset: number) => {
    const before = text.slice(0, offset);
    return `${before.split("\n").length}:${offset - before.lastIndexOf("\n")}`;
  };
  const find = (place: Place): Position => {
    for (let path = place; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
      const found = positions.get(path);
      if (found !== undefined) return found;
    }
    return { start: 0 };
  };
  return {
    at: (place) => show(find(place).start),
    atIndex: (place, index) => {
      const { start, scalar } = find(place);
      if (scalar === undefined) return show(start);
      // Folding and indentation change only white space, so count the other characters.
      const ahead = getScalarValue(text, scalar).slice(0, index).replaceAll(/\s/g, "").length;
      const quote = ['"', "'"].includes(text[start - 1] ?? "") ? text[start - 1] : undefined;
      let offset = start;
      for (let seen = 0; offset < scalar.valueEnd; offset += 1) {
        if (/\s/.test(text[offset] ?? "")) continue;
        if (seen === ahead) break;
        seen += 1;
        // An escaped character is two in the file.
        if ((quote === '"' && text[offset] === "\\") || (quote === "'" && text[offset] === "'")) offset += 1;
      }
      return show(offset);
    },
  };
}
