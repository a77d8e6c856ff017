/** Selectors for the dashboard variables. "All" matches any value. */
export const chosenCluster = 'cluster=~"$cluster"';
export const chosenService = `${chosenCluster}, service=~"$service"`;
export const chosenInstance = `${chosenService}, instance=~"$instance"`;

/** Jobs of the stack or its exporters, in the selected cluster. */
export function job(...names: readonly string[]): string {
  return `${chosenCluster}, job=${names.length === 1 ? `"${names[0]}"` : `~"${names.join("|")}"`}`;
}
