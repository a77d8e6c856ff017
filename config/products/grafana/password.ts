import { grafanaDirectories } from "./grafana.ts";

/**
 * Script that sets the administrator's password. The CLI exits with 0 even if it cannot write to the database
 * (https://github.com/grafana/grafana/issues/102549). If the first user was deleted, there is nothing to set.
 */
export function setPassword(directory: string): string {
  const home = "/usr/share/grafana";
  const overrides = `cfg:default.paths.data=${grafanaDirectories.data}`;
  const command = `${home}/bin/grafana cli --homepath ${home} --configOverrides ${overrides} admin reset-admin-password`;
  return [
    `answer=$(${command} --password-from-stdin < ${directory}/grafanaAdminPassword 2>&1)`,
    'echo "$answer"',
    'case $answer in *"password changed successfully"*|*"Admin user cannot be found"*) ;; *) exit 1 ;; esac',
  ].join("\n");
}
