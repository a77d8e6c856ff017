/**
 * Folder of a workload's set of files, the same on every platform: `<workload>` for its config, `<workload>/<set>` for
 * further sets, `secrets/<workload>/<set>` for secret ones.
 */
export function folderOf(workload: string, set: string, secret: boolean): string {
  if (secret) return `secrets/${workload}/${set}`;
  return ["config", "program"].includes(set) ? workload : `${workload}/${set}`;
}
