import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { registered, stackConfig } from "../components/stack.ts";

/* What one line of config can publish to the network. */

const config = (network: Record<string, unknown>) => stackConfig("dev", { network });
const problems = (network: Record<string, unknown>): string[] => {
  try {
    toSettings(config(network), { requireSecrets: false });
    return [];
  } catch (error) {
    return (error as { problems: { path: string; message: string }[] }).problems.map(
      ({ path, message }) => `${path}: ${message}`,
    );
  }
};

/** Published ports beyond loopback, as "container address:port". */
async function exposed(network: Record<string, unknown>): Promise<string[]> {
  const containers = (await registered(config(network))).filter(({ type }) => type.endsWith(":Container"));
  return containers
    .flatMap(({ name, inputs }) =>
      ((inputs["ports"] ?? []) as { ip: string; external: number }[]).map(
        ({ ip, external }) => `${name} ${ip}:${external}`,
      ),
    )
    .filter((line) => !line.includes(" 127.0.0.1:"))
    .sort();
}

const others = "prometheus, alertmanager, loki, collector, syslog, exporters, blackbox, jaeger, spans, demo";

describe("published ports", () => {
  test("an address beyond loopback for everything is rejected, whatever the address", () => {
    for (const address of ["0.0.0.0", "10.0.0.5", "::", "2001:db8::7", "169.254.0.1"]) {
      assert.deepEqual(problems({ bindAddress: address }), [
        `network.bindAddress: "${address}" publishes ${others} without a sign-in, bypassing the host's firewall; use "127.0.0.1" here and network.bindAddresses for individual components, such as grafana: "${address}", or set network.allowUnauthenticated: [${others}] if only trusted machines can reach this address`,
      ]);
    }
  });

  test("loopback in any form is not rejected", () => {
    for (const address of ["127.0.0.1", "127.8.0.1", "::1", "0:0:0:0:0:0:0:1"])
      assert.deepEqual(problems({ bindAddress: address }), [], address);
  });

  test("a component with its own address is rejected under its key", () => {
    assert.deepEqual(problems({ bindAddresses: { loki: "10.0.0.5" }, allowUnauthenticated: ["syslog"] }), [
      `network.bindAddresses.loki: "10.0.0.5" publishes loki without a sign-in, bypassing the host's firewall; use "127.0.0.1", or set network.allowUnauthenticated: [syslog, loki] if only trusted machines can reach this address`,
    ]);
  });

  test("only Grafana may be published, and nothing is published with it", async () => {
    assert.deepEqual(await exposed({ bindAddresses: { grafana: "10.0.0.5" } }), ["grafana 10.0.0.5:3000"]);
  });

  test("an allowed component is published, and nothing else", async () => {
    const network = { bindAddresses: { syslog: "0.0.0.0" }, allowUnauthenticated: ["syslog"] };
    assert.deepEqual(await exposed(network), ["collector 0.0.0.0:1514"]);
  });

  test("a listed component stays on loopback until it has an address", async () => {
    assert.deepEqual(await exposed({ allowUnauthenticated: ["prometheus"] }), []);
  });

  test("Kubernetes publishes nothing, so these keys are rejected there", () => {
    const prod = stackConfig("prod", {
      network: { bindAddresses: { grafana: "10.0.0.5" }, allowUnauthenticated: ["loki"] },
    });
    assert.throws(
      () => toSettings(prod, { requireSecrets: false }),
      /network\.bindAddresses\.grafana: is supported only with platform: docker; remove it\n {2}network\.allowUnauthenticated: is supported only with platform: docker; remove it/,
    );
  });
});
