import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import type { Syslog, SyslogMessage } from "./syslog.ts";
import type { Tracing } from "./tracing.ts";

const messages = [
  { severity: "info", messageId: "CLOCK", text: "word clock locked at 48000 Hz" },
  { severity: "info", messageId: "PATCH", text: "patch bay recalled preset 12" },
  { severity: "info", messageId: "LINK", text: "audio network link 1 up, 1000 Mbit/s" },
  { severity: "notice", messageId: "ROOM", text: "recording light switched on" },
  { severity: "warning", messageId: "TEMP", text: "rack temperature 41 C" },
] as const satisfies readonly Omit<SyslogMessage, "traceId">[];

const secondsBetween = 5;

/** A studio device that reports the commands of the engine by syslog; called once per second. */
export function studioController(syslog: Syslog, faults: Faults, random: Random, tracing: Tracing): () => void {
  let due = 1;
  return () => {
    due -= 1;
    if (due > 0 || faults.isActive("silence")) return;
    due = secondsBetween;
    const message = random.pickFirst<(typeof messages)[number]>(messages);
    const { traceId } = tracing.event("audio-engine", `studio ${message.messageId}`);
    syslog.send({ ...message, traceId });
  };
}
