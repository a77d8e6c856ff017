import { setTimeout as wait } from "node:timers/promises";
import { type Attributes, SpanKind } from "@opentelemetry/api";
import pg from "pg";
import type { SimulatorConfig } from "../config.ts";
import { readSecret } from "./secret-file.ts";
import type { Tracing } from "./tracing.ts";

export interface Song {
  readonly id: number;
  readonly title: string;
}

export interface User {
  readonly id: number;
  readonly name: string;
}

/** The user already has a song with this title. */
export class DuplicateTitle extends Error {}

const keptSongs = 10_000;

/** The juce-backend's PostgreSQL database; methods throw database and connection errors. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #tracing: Tracing;
  readonly #attributes: Attributes;

  constructor(config: SimulatorConfig["postgres"], tracing: Tracing) {
    const { host, port, user, database, passwordFile } = config;
    this.#tracing = tracing;
    this.#attributes = {
      "peer.service": "postgres",
      "db.system.name": "postgresql",
      "db.namespace": database,
      "server.address": host,
      "server.port": port,
    };
    this.#pool = new pg.Pool({
      host,
      port,
      user,
      database,
      // Read for each connection, so that password rotation requires no restart.
      ...(passwordFile === undefined ? {} : { password: () => readSecret(passwordFile) }),
      application_name: "juce-backend",
      max: 4,
      connectionTimeoutMillis: 2000,
      query_timeout: 2000,
      idleTimeoutMillis: 60_000,
    });
    // The pool removes broken idle connections itself; without a listener, the event would terminate the process.
    this.#pool.on("error", () => undefined);
  }

  async latestSongs(): Promise<Song[]> {
    return this.#rows<Song>("SELECT id::int, title FROM songs ORDER BY id DESC LIMIT 20", []);
  }

  async song(id: number): Promise<Song | undefined> {
    return (await this.#rows<Song>("SELECT id::int, title FROM songs WHERE id = $1", [id]))[0];
  }

  /** Throws `DuplicateTitle`; PostgreSQL also logs this error. */
  async createSong(userId: number, title: string): Promise<Song> {
    try {
      const sql = "INSERT INTO songs (user_id, title) VALUES ($1, $2) RETURNING id::int, title";
      const [song] = await this.#rows<Song>(sql, [userId, title]);
      if (song === undefined) throw new Error("PostgreSQL returned no row");
      return song;
    } catch (error) {
      if ((error as { code?: string }).code === "23505") throw new DuplicateTitle(`"${title}" is already there`);
      throw error;
    }
  }

  async performances(): Promise<{ name: string; switches: number }[]> {
    return this.#rows("SELECT name, switches::int FROM performances ORDER BY name", []);
  }

  /** Returns false if the performance does not exist. */
  async switchPerformance(name: string): Promise<boolean> {
    const sql = "UPDATE performances SET switches = switches + 1, switched_at = now() WHERE name = $1 RETURNING name";
    return (await this.#rows(sql, [name])).length > 0;
  }

  async user(id: number): Promise<User | undefined> {
    return (await this.#rows<User>("SELECT id::int, name FROM users WHERE id = $1", [id]))[0];
  }

  /** Deletes all but the newest songs, so that a long-running demo does not fill the disk. */
  async prune(): Promise<void> {
    await this.#rows("DELETE FROM songs WHERE id <= (SELECT max(id) FROM songs) - $1", [keptSongs]);
  }

  /** Waits as if all connections were in use. */
  async stall(milliseconds: number): Promise<void> {
    await this.#call("wait for connection", {}, () => wait(milliseconds));
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #rows<T extends pg.QueryResultRow>(sql: string, values: readonly (string | number)[]): Promise<T[]> {
    const [operation = ""] = sql.split(" ");
    const table = /\b(?:FROM|INTO|UPDATE) (\w+)/.exec(sql)?.[1] ?? "";
    const query = { "db.operation.name": operation, "db.collection.name": table, "db.query.text": sql };
    return this.#call(`${operation} ${table}`, query, async () => (await this.#pool.query<T>(sql, [...values])).rows);
  }

  #call<T>(name: string, query: Attributes, work: () => Promise<T>): Promise<T> {
    const attributes = { ...this.#attributes, ...query };
    return this.#tracing.call("juce-backend", name, { kind: SpanKind.CLIENT, attributes }, work);
  }
}
