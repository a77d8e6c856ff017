/**
 * Folder of a file set, the same on every platform: `<workload>` for its main sets, `<workload>/<set>` for other sets, and
 * `secrets/<workload>/<set>` for secrets.
 */
export function folderOf(workload: string, set: string, secret: boolean): string {
  if (secret) return `secrets/${workload}/${set}`;
  return ["config", "program", "sampling"].includes(set) ? workload : `${workload}/${set}`;
}
