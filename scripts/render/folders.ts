/**
 * Folder of a file set, the same on every platform: `<workload>` for its main sets, `<workload>/<set>` for other sets, and
 * `secrets/<workload>/<set>` for secrets. The components of Thanos share a folder, because their files are identical.
 */
export function folderOf(workload: string, set: string, secret: boolean): string {
  if (secret) return `secrets/${workload}/${set}`;
  if (workload.startsWith("thanos-")) return "thanos";
  return ["config", "program", "sampling"].includes(set) ? workload : `${workload}/${set}`;
}
