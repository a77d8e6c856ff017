/** An entry of a tar archive. */
export interface TarEntry {
  /** Without leading or trailing slashes; "" is the root. */
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Set for symlinks only. */
  readonly target?: string;
  /** Set for requested files only. */
  readonly content?: Buffer;
}

const block = 512;

/**
 * Lists a tar archive from a stream such as `docker export`. Entries whose path is in `contents` include their content.
 * Throws for a truncated archive. Format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 */
export async function listTar(
  stream: AsyncIterable<Buffer>,
  contents: readonly string[] = [],
): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const reader = new ByteReader(stream);
  let long: { path?: string; target?: string } = {};
  for (;;) {
    const header = await reader.take(block);
    if (header === undefined) throw new Error("the image archive is truncated");
    if (header.every((byte) => byte === 0)) break;
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156] ?? 0);
    const name = long.path ?? [text(header, 345, 155), text(header, 0, 100)].filter(Boolean).join("/");
    const path = name.replace(/^(?:\.?\/)+|\/+$/g, "").replace(/^\.$/, "");
    const kept = "xLK".includes(type) || contents.includes(path);
    const content = await reader.takePadded(size, kept);
    if ("xgLK".includes(type)) {
      if (type !== "g") long = { ...long, ...extended(type, content ?? Buffer.alloc(0)) };
      continue;
    }
    entries.set(path, {
      path,
      kind: kinds[type] ?? "other",
      mode: octal(header, 100, 8) & 0o7777,
      uid: octal(header, 108, 8),
      gid: octal(header, 116, 8),
      ...(type === "2" && { target: long.target ?? text(header, 157, 100) }),
      ...(contents.includes(path) && content !== undefined && { content }),
    });
    long = {};
  }
  await reader.drain();
  return entries;
}

/** Hard links count as files: their header has the mode and owner of the target. */
const kinds: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "\0": "file",
  "1": "file",
  "2": "symlink",
  "5": "directory",
};

/** Parses names too long for a header, from PAX records or GNU entries. */
function extended(type: string, content: Buffer): { path?: string; target?: string } {
  const records = content.toString("utf8");
  if (type === "L") return { path: records.replace(/\0+$/, "") };
  if (type === "K") return { target: records.replace(/\0+$/, "") };
  const path = /^\d+ path=(.*)$/m.exec(records)?.[1];
  const target = /^\d+ linkpath=(.*)$/m.exec(records)?.[1];
  return { ...(path !== undefined && { path }), ...(target !== undefined && { target }) };
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString("utf8");
}

function octal(header: Buffer, start: number, length: number): number {
  return Number.parseInt(text(header, start, length).trim() || "0", 8);
}

/** Reads a stream in chunks of any requested size. */
class ByteReader {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.source = stream[Symbol.asyncIterator]();
  }

  /** Reads exactly `count` bytes; undefined if the stream ends first. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.rest.length < count) {
      const { done, value } = await this.source.next();
      if (done) return undefined;
      this.rest = Buffer.concat([this.rest, value]);
    }
    const taken = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return taken;
  }

  /** Reads the content of an entry, padded to full blocks. Without `keep` it skips the content and returns undefined. */
  async takePadded(size: number, keep: boolean): Promise<Buffer | undefined> {
    const padded = Math.ceil(size / block) * block;
    if (keep) return (await this.take(padded))?.subarray(0, size);
    let left = padded;
    while (left > this.rest.length) {
      left -= this.rest.length;
      this.rest = Buffer.alloc(0);
      const { done, value } = await this.source.next();
      if (done) throw new Error("the image archive is truncated");
      this.rest = value;
    }
    this.rest = this.rest.subarray(left);
    return undefined;
  }

  /** Reads to the end, so that the writer can finish. */
  async drain(): Promise<void> {
    while (!(await this.source.next()).done);
  }
}
