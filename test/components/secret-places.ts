import assert from "node:assert/strict";
import type { Registered } from "../../scripts/render/register.ts";
import { canary } from "./stack.ts";

/**
 * Files that contain the canary of one of `keys`, as "carrier key content". Shortens the carrier's name to `<owner>-secrets`,
 * which is the same on both platforms. Fails if a canary is anywhere but in a secret file.
 */
export function secretFiles(resources: readonly Registered[], owner: string, keys: readonly string[]): string[] {
  const readable = resources.filter(({ inputs }) => {
    const { data: _, uploads: __, ...rest } = inputs;
    return JSON.stringify(rest).includes(canary);
  });
  assert.deepEqual(readable, []);
  const files = resources.flatMap(({ type, name, inputs, secret }) => {
    const uploads = (inputs["uploads"] ?? []) as { file: string; content: string }[];
    const data = type.endsWith(":Secret") ? Object.entries(inputs["data"] as Record<string, string>) : [];
    return [
      ...uploads.map(({ file, content }) => ({ key: file.split("/").at(-1), content })),
      ...data.map(([key, value]) => ({ key, content: Buffer.from(value, "base64").toString() })),
    ]
      .filter(({ content }) => keys.some((key) => content.includes(`${canary}-${key}`)))
      .map((file) => ({ ...file, name, secret }));
  });
  assert.ok(files.every(({ secret }) => secret));
  const carrier = new RegExp(`^\\S+?(${owner}-secrets)`);
  return files.map(({ name, key, content }) => `${name.replace(carrier, "$1")} ${key} ${content}`).sort();
}
