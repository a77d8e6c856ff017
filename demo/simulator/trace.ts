import { randomBytes } from "node:crypto";

// Not from the seed: a restart would repeat the ids of the run before, and a trace would show both runs' lines.
/** A new trace id: 32 hexadecimal digits, as W3C's trace context has them. */
export const newTraceId = () => randomBytes(16).toString("hex");

/** A new span id: 16 hexadecimal digits. */
export const newSpanId = () => randomBytes(8).toString("hex");
