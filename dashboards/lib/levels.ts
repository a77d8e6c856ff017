/** Colours of log levels. */
export const levelColours = { critical: "purple", error: "red", warn: "yellow", info: "green", debug: "blue" } as const;
