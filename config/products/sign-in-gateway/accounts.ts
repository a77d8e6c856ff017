import { createHmac } from "node:crypto";
import bcrypt from "bcryptjs";

/**
 * 2^10 rounds, about 60 ms. Caddy remembers which passwords were right, so only the first request of a user takes that long.
 */
const cost = "10";

/**
 * The users and their bcrypt hashes, as a `basic_auth` block lists them. Each user's salt is derived from that of the stack, so
 * that the same passwords result in the same file.
 */
export function renderAccounts(passwords: ReadonlyMap<string, string>, stackSalt: string): string {
  return [...passwords]
    .map(([user, password]) => `${user} ${bcrypt.hashSync(password, saltOf(user, stackSalt))}\n`)
    .join("");
}

function saltOf(user: string, stackSalt: string): string {
  const salt = createHmac("sha256", stackSalt).update(user).digest().subarray(0, 16);
  return `$2b$${cost}$${bcrypt.encodeBase64([...salt], 16)}`;
}
