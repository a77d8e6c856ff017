/** Colour of a level, by how bad it is. */
export const levelColours = { critical: "purple", error: "red", warn: "yellow", info: "green", debug: "blue" } as const;
