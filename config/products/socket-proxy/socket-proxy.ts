import { traitsOf } from "../../../components/platform/traits.ts";
import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { haproxy, haproxyConfig, onAllAddresses, onlyAllowed, reads } from "../haproxy.ts";
import { socketProxy } from "./product.ts";

/**
 * Directory of the sockets that it serves, in memory and shared with its clients. Sockets instead of ports, so that no other
 * container can connect.
 */
export const proxiedSockets = {
  name: "docker-api",
  directory: "/run/docker-api",
  size: "1Mi",
  reachesHost: true,
} as const;

/** Docker's API as the proxy's clients see it. */
export const proxiedDocker = `${proxiedSockets.directory}/docker.sock`;

/** The API of Docker's containerd as cAdvisor sees it. */
export const proxiedContainerd = `${proxiedSockets.directory}/containerd.sock`;

/** Where the proxy mounts Docker's socket, and the host's /run with containerd's, which may be missing or appear later. */
export const mountedSockets = { docker: "/run/host/docker.sock", run: "/run/host/run" } as const;

/** Addresses of the proxy, as in `bind` and `server`. Overridden only by tests. */
export interface SocketProxyPlaces {
  readonly metrics?: string;
  readonly docker?: string;
  readonly containerd?: string;
  readonly proxiedDocker?: string;
  readonly proxiedContainerd?: string;
}

/**
 * What the collectors' discovery and log sources, and cAdvisor, request from Docker. All else, such as exec and archive, is
 * refused.
 */
const dockerRequests = [
  "_ping",
  "version",
  "info",
  "networks",
  "containers/json",
  "containers/[A-Za-z0-9][A-Za-z0-9_.-]*/(json|logs)",
].map((path) => ({ methods: reads, path: `(/v[0-9]+[.][0-9]+)?/${path}` }));

/** The gRPC methods that cAdvisor calls. */
const containerdRequests = ["version.v1.Version/Version", "containers.v1.Containers/Get", "tasks.v1.Tasks/Get"].map(
  (method) => ({ methods: ["POST"], path: `/containerd.services.${method}`.replaceAll(".", "[.]") }),
);

/** Whether cAdvisor runs on this host, and reads from Docker. */
export function hasCadvisor(settings: Settings): boolean {
  return traitsOf(settings).containerMetrics === "cadvisor" && settings.exporters.cadvisor.enabled;
}

/** Whether anything reads from Docker. */
export function hasSocketProxy(settings: Settings): boolean {
  return hasCadvisor(settings) || readsContainers(settings);
}

function readsContainers({ logs }: Settings): boolean {
  return logs.enabled && logs.sources.containers.enabled;
}

/** `haproxy.cfg` of the proxy. */
export function renderSocketProxy(settings: Settings, places: SocketProxyPlaces = {}): RenderedFile[] {
  const containerd = settings.exporters.cadvisor.containerdSocket.replace(/^(?:\/var)?\/run/, mountedSockets.run);
  const content = haproxyConfig({
    metrics: places.metrics ?? onAllAddresses(settings, socketProxy.port),
    healthPath: socketProxy.probe.path,
    // The collector follows the log of each container on a connection of its own. With 900 followed logs it uses 20 MiB.
    connections: 1000,
    // A container may log nothing for hours.
    idle: "1d",
    needs: ["docker"],
    sections: [
      `frontend docker
  bind unix@${places.proxiedDocker ?? proxiedDocker} mode 600
${onlyAllowed(dockerRequests)}
  default_backend docker`,
      `backend docker
  server docker unix@${places.docker ?? mountedSockets.docker} check`,
      ...(hasCadvisor(settings)
        ? [
            `frontend containerd
  bind unix@${places.proxiedContainerd ?? proxiedContainerd} mode 600 proto h2
${onlyAllowed(containerdRequests)}
  default_backend containerd`,
            `backend containerd
  server containerd unix@${places.containerd ?? containerd} proto h2`,
          ]
        : []),
    ],
  });
  return [{ path: haproxy.file, content }];
}
