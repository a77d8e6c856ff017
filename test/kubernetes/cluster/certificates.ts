import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { run } from "../../../scripts/lib/run-command.ts";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Subject of a certificate: a user and group for clients, addresses for servers, or both. */
export interface Subject {
  readonly user: string;
  readonly group?: string;
  readonly addresses?: readonly string[];
}

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-x509", "-days", "2"];

/** The certificate authority of one cluster, with its files in one folder. */
export class Authority {
  readonly certificate: string;
  readonly key: string;
  readonly #folder: string;
  readonly #config: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.certificate = join(folder, "ca.crt");
    this.key = join(folder, "ca.key");
    this.#config = join(folder, "openssl.cnf");
  }

  static async create(folder: string): Promise<Authority> {
    const authority = new Authority(folder);
    // The system's openssl.cnf would add more extensions.
    writeFileSync(authority.#config, "[req]\ndistinguished_name = dn\n[dn]\n");
    await authority.#request("ca", "/CN=white-room-cluster", [
      "basicConstraints=critical,CA:TRUE",
      "keyUsage=critical,keyCertSign",
    ]);
    return authority;
  }

  async issue(name: string, { user, group, addresses = [] }: Subject): Promise<Certificate> {
    const names = addresses.map((address) => `${isIP(address) > 0 ? "IP" : "DNS"}:${address}`);
    const extensions = [
      "basicConstraints=critical,CA:FALSE",
      "extendedKeyUsage=clientAuth,serverAuth",
      ...(names.length > 0 ? [`subjectAltName=${names.join(",")}`] : []),
    ];
    const signed = ["-CA", this.certificate, "-CAkey", this.key];
    return this.#request(name, `${group === undefined ? "" : `/O=${group}`}/CN=${user}`, extensions, signed);
  }

  async #request(name: string, subject: string, extensions: readonly string[], signed: readonly string[] = []) {
    const certificate = join(this.#folder, `${name}.crt`);
    const key = join(this.#folder, `${name}.key`);
    await run("openssl", [
      ...["req", "-config", this.#config, ...curve, ...signed, "-subj", subject, "-keyout", key, "-out", certificate],
      ...extensions.flatMap((extension) => ["-addext", extension]),
    ]);
    return { certificate, key };
  }
}
