import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { Authority } from "../kubernetes/cluster/certificates.ts";

export const partNames = [
  ...[
    "alertmanager",
    "blackbox",
    "jaeger",
    "journeys",
    "kube-state-metrics",
    "loki",
    "nginx-exporter",
    "node-exporter",
  ],
  ...["postgres-exporter", "prometheus", "redis-exporter", "thanos"],
];

/** A certificate for the components and its CA, as `network.tls` requires them. */
export class InternalTls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly #authority: Authority;

  private constructor(authority: Authority, { certificate, key }: { certificate: string; key: string }) {
    this.#authority = authority;
    this.ca = readFileSync(authority.certificate, "utf8");
    this.certificate = readFileSync(certificate, "utf8");
    this.key = readFileSync(key, "utf8");
  }

  static async create(folder: string, addresses: readonly string[] = partNames): Promise<InternalTls> {
    mkdirSync(folder, { recursive: true });
    const authority = await Authority.create(folder);
    return new InternalTls(authority, await authority.issue("parts", { user: "parts", addresses }));
  }

  /** Another certificate of the same CA. */
  async renew(addresses: readonly string[] = partNames): Promise<InternalTls> {
    return new InternalTls(this.#authority, await this.#authority.issue("renewed", { user: "parts", addresses }));
  }

  get serialNumber(): string {
    return new X509Certificate(this.certificate).serialNumber;
  }

  settings() {
    return { enabled: true, ca: this.ca, certificate: this.certificate };
  }
}
