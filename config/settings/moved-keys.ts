/** Keys that moved, with their new path. */
const moved: Readonly<Record<string, string>> = {
  "alerting.slack.channels.security": "alerting.teams.security.slackChannel",
  "alerting.slack.channels.database": "alerting.teams.database.slackChannel",
  "alerting.email.to.security": "alerting.teams.security.email",
  "alerting.email.to.database": "alerting.teams.database.email",
};

/** The new path of a key that moved. */
export function movedTo(path: string): string | undefined {
  return Object.hasOwn(moved, path) ? moved[path] : undefined;
}
