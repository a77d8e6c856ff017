import type { SinksConfig } from "../config.ts";
import { close, listen, portOf } from "../http-server.ts";
import type { Running } from "../program.ts";
import { Behaviours } from "./behaviours.ts";
import { sinksHandler } from "./http.ts";
import { startMail } from "./mail.ts";
import { Notifications } from "./notifications.ts";

/** Running receivers. */
export interface Sinks extends Running {
  /** The actual ports, if the config has port 0. */
  readonly ports: SinksConfig["ports"];
}

/** Starts the receivers of dev notifications; each notification is logged as a JSON line. */
export async function startSinks(
  config: SinksConfig,
  writeLine: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<Sinks> {
  const notifications = new Notifications(writeLine);
  const behaviours = new Behaviours();
  const mail = await startMail(config.listen, config.ports.smtp, notifications, behaviours);
  const handler = sinksHandler({ notifications, behaviours, links: config.links });
  const server = await listen(handler, config.listen, config.ports.http);
  return {
    ports: { http: portOf(server), smtp: mail.port },
    stop: async () => {
      await Promise.all([close(server), mail.stop()]);
    },
  };
}
