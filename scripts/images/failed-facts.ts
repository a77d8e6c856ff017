import { posix } from "node:path";
import type { ImageFacts } from "../../config/products/images.ts";
import type { TarEntry } from "./tar.ts";

/** Files of an image. */
export interface ImageFiles {
  readonly entries: ReadonlyMap<string, TarEntry>;
  /** Directories on the image's PATH. */
  readonly path: readonly string[];
}

/** Checks facts against the files of an image. Returns one message per failure. */
export function failedFacts(facts: ImageFacts, files: ImageFiles): string[] {
  const { user, programs, writable = [], absent = [], files: needed = [], account } = facts;
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  const may = (entry: TarEntry, bit: 1 | 2 | 4) => permits(entry, uid, gid, bit);
  return [
    ...programs.flatMap((program) => {
      const names = [program].flat();
      const found = names
        .map((name) => (name.startsWith("/") ? resolve(files, name) : locate(files, name)))
        .find(Boolean);
      if (found === undefined) return [`${names.join(" or ")} is missing`];
      return found.kind === "file" && may(found, 1) ? [] : [`${names.join(" or ")} is not executable by ${user}`];
    }),
    ...writable.flatMap((directory) => {
      const found = resolve(files, directory);
      if (found === undefined) return [`${directory} is missing`];
      return found.kind === "directory" && may(found, 2) && may(found, 1)
        ? []
        : [`${directory} is not writable by ${user}: owner ${found.uid}:${found.gid}, mode ${octal(found.mode)}`];
    }),
    ...absent.flatMap((path) => (resolve(files, path) === undefined ? [] : [`${path} exists`])),
    ...needed.flatMap((path) => {
      const found = resolve(files, path);
      if (found === undefined) return [`${path} is missing`];
      return may(found, 4) ? [] : [`${path} is not readable by ${user}`];
    }),
    ...(account === undefined ||
    accounts(files).some((line) => line.startsWith(`${account}:`) && line.includes(`:${user}:`))
      ? []
      : [`/etc/passwd has no entry ${account} with ${user}`]),
  ];
}

/** File whose content {@link failedFacts} needs, as a path in the archive. */
export const passwordFile = "etc/passwd";

function accounts({ entries }: ImageFiles): string[] {
  return entries.get(passwordFile)?.content?.toString("utf8").split("\n") ?? [];
}

/** Whether a user may execute (1), write (2) or read (4) an entry. Root has no special rights without capabilities. */
function permits({ mode, uid: owner, gid: group }: TarEntry, uid: number, gid: number, bit: 1 | 2 | 4): boolean {
  const shift = owner === uid ? 6 : group === gid ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}

function locate(files: ImageFiles, program: string): TarEntry | undefined {
  for (const folder of files.path) {
    const found = resolve(files, posix.join(folder, program));
    if (found?.kind === "file") return found;
  }
  return undefined;
}

/** Entry at a path with symlinks resolved; undefined if it does not exist. */
function resolve({ entries }: ImageFiles, path: string): TarEntry | undefined {
  let steps = path.split("/").filter(Boolean);
  let at: string[] = [];
  for (let links = 0; links < 40; ) {
    const step = steps.shift();
    if (step === undefined) return at.length === 0 ? undefined : entries.get(at.join("/"));
    if (step === ".") continue;
    if (step === "..") {
      at.pop();
      continue;
    }
    const next = entries.get([...at, step].join("/"));
    if (next?.kind !== "symlink") {
      // Archives may omit directories.
      at.push(step);
      continue;
    }
    links++;
    const target = next.target ?? "";
    if (target.startsWith("/")) at = [];
    steps = [...target.split("/").filter(Boolean), ...steps];
  }
  return undefined;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
