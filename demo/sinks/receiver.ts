import type { NewNotification } from "./notifications.ts";

/** What a receiver answers, and the notification when it took one. */
export interface Reception {
  readonly status: number;
  /** JSON, unless `contentType` says otherwise. */
  readonly answer: unknown;
  readonly contentType?: string;
  readonly notification?: NewNotification;
}
