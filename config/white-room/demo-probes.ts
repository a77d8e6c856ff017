import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { demoHosts, demoPorts } from "./demo.ts";
import { demoProbes, demoSite } from "./demo-site.ts";

type Target = Settings["probes"]["targets"][number];
type Journey = Settings["probes"]["journeys"][number];
type Objective = Settings["slos"][number];

const site = `https://${demoHosts.nginx}:${demoPorts.nginxTls}`;
const common = { team: "platform" } as const;
/** The simulator issues a self-signed certificate. */
const tls = { insecureSkipVerify: true };

const targets: readonly Target[] = [
  {
    ...common,
    name: demoProbes.page,
    kind: "http",
    url: `${site}/`,
    ipVersion: "prefer-ip4",
    auth: "none",
    tls,
    expect: { body: "White Room" },
  },
  {
    ...common,
    name: demoProbes.dns,
    kind: "dns",
    host: `${demoHosts.simulator}:${demoPorts.dns}`,
    ipVersion: "prefer-ip4",
    auth: "none",
    tls: { insecureSkipVerify: false },
    query: { name: demoSite.host, type: "A" },
    expect: { answer: `\\s${demoSite.address.replaceAll(".", "\\.")}$` },
  },
];

const { userId } = demoSite;
const step = { timeout: "10s" };
const post = { method: "POST", headers: {} } as const;

const steps: Journey["steps"] = [
  {
    ...step,
    name: "log-in",
    request: { ...post, url: `${site}/login`, json: { userId, password: "${secret.password}", method: "password" } },
    save: { token: { json: "$.token" } },
  },
  {
    ...step,
    name: "create-song",
    request: {
      ...post,
      url: `${site}/api/songs`,
      headers: { Authorization: "Bearer ${token}" },
      json: { userId, title: "song of journey ${runId}" },
    },
    expect: { status: 201 },
  },
];

const objective: Objective = {
  ...common,
  name: demoProbes.journey,
  service: demoProbes.journey,
  of: "probe",
  probe: demoProbes.journey,
  objective: 99,
  window: "30d",
};

/**
 * Adds the probes of the demo's site, a journey through it and an objective on the journey. Those in the config take
 * precedence.
 */
export function withDemoProbes(settings: Settings): Settings {
  const { demo, probes, slos } = settings;
  if (!demo.enabled || !probes.enabled || !probes.ownPages) return settings;
  const every = seconds(probes.interval) < 10 ? "10s" : probes.interval;
  const journey: Journey = { ...common, name: demoProbes.journey, every, tls, steps };
  return {
    ...settings,
    probes: {
      ...probes,
      targets: joined(probes.targets, targets),
      journeys: joined(probes.journeys, [journey]),
    },
    slos: joined(slos, [objective]),
  };
}

/** Appended, so that indexes in error messages are those of the config. */
function joined<T extends { readonly name: string }>(configured: readonly T[], added: readonly T[]): T[] {
  return [...configured, ...added.filter(({ name }) => !configured.some((other) => other.name === name))];
}
