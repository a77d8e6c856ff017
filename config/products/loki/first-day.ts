/** Start date of the current schema, for any storage. */
export const firstDay = "2024-01-01";
