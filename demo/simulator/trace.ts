import { randomBytes } from "node:crypto";

// Not seeded, because IDs would repeat after a restart and traces would contain lines of both runs.
/** Generates a trace ID: 32 hexadecimal digits (W3C Trace Context). */
export const newTraceId = () => randomBytes(16).toString("hex");

/** Generates a span ID: 16 hexadecimal digits. */
export const newSpanId = () => randomBytes(8).toString("hex");
