import { z } from "zod";
import { absolutePath, duration, limits, seLinuxType } from "../units.ts";

/** Paths of Docker on a host where it runs as root and is installed from a package. */
export const usualDocker = { socket: "/var/run/docker.sock", dataDirectory: "/var/lib/docker" } as const;

/** Docker-specific settings. */
export const docker = z
  .strictObject({
    startInterval: duration({ max: "10s" })
      .default("0s")
      .describe(
        "Interval of container health checks during start-up, such as 1s. Requires Docker Engine 25 or later. 0s uses the regular interval of 10 s.",
      ),
    ipv6: z
      .boolean()
      .default(false)
      .describe(
        "Enables IPv6 on the stack's Docker network, in addition to IPv4, to reach servers without IPv4. Requires Docker Engine 27 or later. A change replaces all containers and keeps their data.",
      ),
    socket: absolutePath(usualDocker.socket).describe(
      "Docker's API socket on the host, which only the socket proxy mounts. Rootless Docker uses a path such as /run/user/1000/docker.sock.",
    ),
    socketProxy: z
      .strictObject({ limits: limits("32Mi", 0.25) })
      .prefault({})
      .describe("Read-only access to Docker's API for the collector and cAdvisor."),
    dataDirectory: absolutePath(usualDocker.dataDirectory).describe(
      "Docker's data directory on the host, as reported by `docker info`. Docker from a snap uses /var/snap/docker/common/var-lib-docker.",
    ),
    seLinuxType: seLinuxType.describe(
      "SELinux type of the containers that read from the host, such as spc_t. Required if Docker runs with SELinux enabled, which otherwise denies access to its socket and to log files.",
    ),
  })
  .prefault({});
