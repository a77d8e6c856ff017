import { traitsOf } from "../../components/platform/traits.ts";
import { chosenCollector } from "../products/collector/chosen.ts";
import { bindAddress } from "../products/links.ts";
import { configuredPorts, publishedPorts } from "../products/published-ports.ts";
import { demoPorts } from "../white-room/demo.ts";
import { isLoopback } from "./hosts.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";

export function checkDuplicatePorts(settings: Settings): Problem[] {
  if (!traitsOf(settings).publishesPorts) return [];
  const owners = new Map<number, string>();
  const problems: Problem[] = [];
  for (const { path, port } of configuredPorts(settings)) {
    const owner = owners.get(port);
    if (owner === undefined) owners.set(port, path);
    else problems.push({ path, message: `${port} is already used by ${owner}; use another port` });
  }
  return problems;
}

/** Docker's rules for published ports come before those of the host's firewall. */
export function checkOpenPorts(settings: Settings): Problem[] {
  const { network } = settings;
  if (!traitsOf(settings).publishesPorts) return [];
  const components = [...new Set(publishedPorts(settings).map(({ component }) => component))];
  const open = components.filter(
    (component) =>
      component !== "grafana" &&
      component !== "gateway" &&
      !network.allowUnauthenticated.includes(component) &&
      !isLoopback(bindAddress(settings, component)),
  );
  const apart = open.filter((component) => network.bindAddresses[component] !== undefined);
  const together = open.filter((component) => network.bindAddresses[component] === undefined);
  const allowed = (added: readonly string[]) =>
    `[${[...new Set([...network.allowUnauthenticated, ...added])].join(", ")}]`;
  const apartExample = network.gateway.enabled ? "gateway" : "grafana";
  const why = "without a sign-in, bypassing the host's firewall";
  return [
    ...apart.map((component) => ({
      path: `network.bindAddresses.${component}`,
      message: `${show(network.bindAddresses[component])} publishes ${component} ${why}; use "127.0.0.1", or set network.allowUnauthenticated: ${allowed(open)} if only trusted machines can reach this address`,
    })),
    ...(together.length === 0
      ? []
      : [
          {
            path: "network.bindAddress",
            message: `${show(network.bindAddress)} publishes ${together.join(", ")} ${why}; use "127.0.0.1" here and network.bindAddresses for individual components, such as ${apartExample}: ${show(network.bindAddress)}, or set network.allowUnauthenticated: ${allowed(open)} if only trusted machines can reach this address`,
          },
        ]),
  ];
}

/** Ports that are the same inside and outside a container must also differ from its fixed ports. */
export function checkContainerPorts(settings: Settings): Problem[] {
  const { logs, demo } = settings;
  const problems: Problem[] = [];
  const differ = (path: string, port: number, fixed: Readonly<Record<string, number>>) => {
    const owner = Object.entries(fixed).find(([, taken]) => taken === port)?.[0];
    if (owner !== undefined)
      problems.push({ path, message: `${port} is used by ${owner} in the same container; use another port` });
  };
  if (logs.enabled && logs.sources.syslog.enabled) {
    const collector = chosenCollector(settings);
    differ("logs.sources.syslog.port", logs.sources.syslog.port, { [`${collector.workload}'s UI`]: collector.port });
  }
  if (demo.enabled) {
    const { "juce-backend": backend, "swift-frontend": frontend, "audio-engine": engine, api, smtp } = demoPorts;
    const simulator = { "the demo's backend": backend, "the demo's frontend": frontend, "the demo's engine": engine };
    differ("demo.port", demo.port, { ...simulator, "the demo's API": api });
    differ("demo.notificationsPort", demo.notificationsPort, { "the demo's mail server": smtp });
  }
  return problems;
}
