// The Node versions that run the project. Also read by a Node that is too old, so no syntax newer than Node 12's.

/** Versions that run TypeScript without a flag, in words. */
export const neededNode = "22.18 or newer, except 23.0 to 23.5";

/** Whether this Node runs TypeScript without a flag: from 22.18, and from 23.6. */
export function runsTypeScript(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  if (major === 22) return minor >= 18;
  if (major === 23) return minor >= 6;
  return major > 23;
}
