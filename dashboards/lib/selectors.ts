/** What a reader chose in the variables of the same name. "All" of each matches any value there is. */
export const chosenCluster = 'cluster=~"$cluster"';
export const chosenService = `${chosenCluster}, service=~"$service"`;
export const chosenInstance = `${chosenService}, instance=~"$instance"`;

/** One of the stack's own jobs, or an exporter's, in the chosen cluster. */
export function job(...names: readonly string[]): string {
  return `${chosenCluster}, job=${names.length === 1 ? `"${names[0]}"` : `~"${names.join("|")}"`}`;
}
