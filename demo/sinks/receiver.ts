import type { NewNotification } from "./notifications.ts";

/** Response of a receiver, and the notification if it was accepted. */
export interface Reception {
  readonly status: number;
  /** JSON, unless `contentType` says otherwise. */
  readonly answer: unknown;
  readonly contentType?: string;
  readonly notification?: NewNotification;
}
