import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import { renderCompose } from "../../scripts/render/compose.ts";
import { objectsOf, production } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

/* What the collector and other workloads see of the host, on both platforms. */

interface Mount {
  readonly hostPath?: string;
  readonly containerPath: string;
  readonly readOnly?: boolean;
}

interface Container {
  readonly command: readonly string[];
  readonly volumes: readonly Mount[];
  readonly ports: readonly { readonly internal: number; readonly external: number; readonly protocol: string }[];
  readonly securityOpts: readonly string[];
  readonly groupAdds: readonly string[];
  readonly capabilities: { readonly drops: readonly string[]; readonly adds: readonly string[] };
}

async function onDocker(values: Record<string, unknown>, { demo = false } = {}) {
  const stack = stackConfig("dev", { demo: { enabled: demo }, ...(!demo && silentReceivers), ...values });
  const resources = await registered(stack);
  const container = (name: string) => {
    const found = resources.find((each) => each.type.endsWith(":Container") && each.name === name);
    return found?.inputs as unknown as Container;
  };
  const [compose] = renderCompose(resources, "dev");
  return { container, compose: load(compose?.content ?? "") as { services: Record<string, { ports?: string[] }> } };
}

const silentReceivers = { alerting: { enabled: false } };

const hostPaths = ({ volumes }: Container) =>
  volumes.flatMap(({ hostPath, containerPath }) => (hostPath === undefined ? [] : [`${hostPath} → ${containerPath}`]));

interface Port {
  readonly name?: string;
}

interface Pod {
  readonly containers: readonly {
    readonly ports: readonly Port[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
  readonly securityContext: { readonly seLinuxOptions?: { readonly type: string } };
}

interface Spec {
  readonly template: { readonly spec: Pod };
  readonly ports: readonly Port[];
  readonly ingress: readonly { readonly from?: unknown }[];
}

async function onKubernetes(values: Record<string, unknown>) {
  const objects = objectsOf(await registered(production(values)));
  const spec = (kind: string, name: string) =>
    objects.find((each) => each.kind === kind && each.metadata.name === name)?.spec as unknown as Spec;
  const pod = (kind: string, name: string) => spec(kind, name).template.spec;
  return { spec, pod };
}

function nodePaths({ containers, volumes }: Pod): string[] {
  const mounts = new Map(containers[0]?.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  return volumes.flatMap(({ name, hostPath }) =>
    hostPath === undefined || name === "positions" ? [] : [`${hostPath.path} → ${mounts.get(name)}`],
  );
}

const inPlace = (path: string) => `${path} → ${path}`;
const ownFiles = inPlace("/var/log/white-room");

/** Folders that contain others, and a space. */
const yourFiles = {
  billing: { paths: ["/srv/billing/*.log", "/srv/billing/old/2025.log"], format: "json" },
  spaced: { paths: ["/srv/a b/x.log"], format: "plain" },
};

describe("Docker", () => {
  test("by default the usual socket and log files are mounted", async () => {
    const { container } = await onDocker({});
    assert.deepEqual(hostPaths(container("collector")), [ownFiles]);
    assert.deepEqual(hostPaths(container("cadvisor")), [
      "/proc → /rootfs/proc",
      inPlace("/sys"),
      inPlace("/var/lib/docker"),
      "/var/lib/docker → /rootfs/var/lib/docker",
    ]);
    assert.deepEqual(hostPaths(container("socket-proxy")), [
      "/var/run/docker.sock → /run/host/docker.sock",
      "/run → /run/host/run",
    ]);
    for (const name of ["collector", "cadvisor", "loki", "socket-proxy"])
      assert.deepEqual(container(name).securityOpts, ["no-new-privileges:true"], name);
  });

  test("folders of your own log files are mounted read-only, once", async () => {
    const { container } = await onDocker({ logs: { sources: { files: yourFiles } } });
    assert.deepEqual(hostPaths(container("collector")), [inPlace("/srv/a b"), inPlace("/srv/billing"), ownFiles]);
    const mounts = container("collector").volumes.filter(({ hostPath }) => hostPath?.startsWith("/srv"));
    assert.deepEqual(
      mounts.map(({ readOnly }) => readOnly),
      [true, true],
    );
  });

  test("only readers of Docker have the proxy's sockets, and without readers there is no proxy", async () => {
    const readers = async (values: Record<string, unknown>) => {
      const { compose } = await onDocker(values);
      const services = Object.entries(compose.services as Record<string, { volumes?: { target: string }[] }>);
      return services
        .filter(([, { volumes = [] }]) => volumes.some(({ target }) => target === "/run/docker-api"))
        .map(([name]) => name);
    };
    assert.deepEqual(await readers({}), ["alloy", "cadvisor", "socket-proxy"]);
    const noContainers = { logs: { sources: { containers: { enabled: false } } } };
    assert.deepEqual(await readers(noContainers), ["cadvisor", "socket-proxy"]);
    const noCadvisor = { exporters: { cadvisor: { enabled: false } } };
    assert.deepEqual(await readers(noCadvisor), ["alloy", "socket-proxy"]);
    const { container } = await onDocker(noCadvisor);
    assert.deepEqual(hostPaths(container("socket-proxy")), ["/var/run/docker.sock → /run/host/docker.sock"]);
    const neither = await onDocker({ ...noContainers, ...noCadvisor });
    assert.equal(neither.container("socket-proxy"), undefined);
  });

  test("log files of other users are read with their groups, and without a capability", async () => {
    const { container } = await onDocker({ logs: { fileGroups: [4, 104] } });
    assert.deepEqual(container("collector").groupAdds, ["4", "104"]);
    assert.deepEqual(container("collector").capabilities, { drops: ["ALL"], adds: [] });
  });

  test("rootless Docker: the proxy uses its socket, and cAdvisor its data directory", async () => {
    const docker = { socket: "/run/user/1000/docker.sock", dataDirectory: "/home/ada/.local/share/docker" };
    const { container } = await onDocker({ docker });
    assert.equal(hostPaths(container("socket-proxy"))[0], "/run/user/1000/docker.sock → /run/host/docker.sock");
    assert.deepEqual(hostPaths(container("cadvisor")).slice(-2), [
      inPlace("/home/ada/.local/share/docker"),
      "/home/ada/.local/share/docker → /rootfs/home/ada/.local/share/docker",
    ]);
    assert.ok(container("cadvisor").command.includes("--docker=unix:///run/docker-api/docker.sock"));
    const exclude = container("node-exporter").command.find((word) => word.includes("mount-points-exclude")) ?? "";
    const pattern = new RegExp(exclude.slice(exclude.indexOf("=") + 1));
    assert.ok(pattern.test("/home/ada/.local/share/docker/overlay2/1/merged"));
    assert.ok(pattern.test("/var/lib/docker/overlay2/1/merged"));
    assert.ok(!pattern.test("/home/ada/.local/share"));
  });

  test("with SELinux, exactly the containers that read from the host have its type", async () => {
    const { container } = await onDocker({ docker: { seLinuxType: "spc_t" } }, { demo: true });
    const options = (name: string) => container(name).securityOpts.slice(0, -1);
    for (const name of ["collector", "cadvisor", "socket-proxy"])
      assert.deepEqual(options(name), ["label=type:spc_t"], name);
    // With the host's PID namespace, Docker disables labels.
    assert.deepEqual(options("node-exporter"), ["label=disable"]);
    assert.deepEqual([options("loki"), options("prometheus")], [[], []]);
  });

  test("the journal is read through its parents, so that none is created", async () => {
    const journal = { logs: { sources: { journal: { enabled: true }, containers: { enabled: false } } } };
    const { container } = await onDocker(journal);
    // /var/log contains the log files too.
    assert.deepEqual(hostPaths(container("collector")), ["/var/log", "/run/log", "/etc/machine-id"].map(inPlace));
    const beside = await onDocker(journal, { demo: true });
    assert.deepEqual(hostPaths(beside.container("collector")), ["/var/log → /host/var/log"]);
    const at = { logs: { sources: { journal: { enabled: true, path: "/run/log/journal" } } } };
    const chosen = await onDocker(at, { demo: true });
    assert.deepEqual(hostPaths(chosen.container("collector")), ["/run/log → /host/run/log"]);
  });

  test("syslog is published over the configured protocols", async () => {
    const ports = async (protocol: string) => {
      const { container, compose } = await onDocker({
        logs: { sources: { syslog: { protocol } } },
        tracing: { enabled: false },
      });
      const published = container("collector").ports.map(
        (port) => `${port.external}:${port.internal}/${port.protocol}`,
      );
      return [published.slice(1), compose.services["alloy"]?.ports?.slice(1)];
    };
    assert.deepEqual(await ports("tcp"), [["1514:1514/tcp"], ["127.0.0.1:1514:1514"]]);
    assert.deepEqual(await ports("udp"), [["1514:1514/udp"], ["127.0.0.1:1514:1514/udp"]]);
    assert.deepEqual(await ports("both"), [
      ["1514:1514/tcp", "1514:1514/udp"],
      ["127.0.0.1:1514:1514", "127.0.0.1:1514:1514/udp"],
    ]);
  });
});

describe("Kubernetes", () => {
  test("pod logs are mounted with the directories they may link to", async () => {
    const paths = async (values: Record<string, unknown>) =>
      nodePaths((await onKubernetes(values)).pod("DaemonSet", "alloy"));
    const links = inPlace("/var/lib/docker/containers");
    assert.deepEqual(await paths({}), [inPlace("/var/log/pods"), links, ownFiles]);
    const sources = { pods: { dockerDirectory: "/data/docker/containers" } };
    assert.deepEqual((await paths({ logs: { sources } }))[1], inPlace("/data/docker/containers"));
    const journal = { logs: { sources: { journal: { enabled: true } } } };
    assert.deepEqual(
      await paths(journal),
      ["/var/log", "/run/log", "/etc/machine-id", "/var/lib/docker/containers"].map(inPlace),
    );
  });

  test("folders of your own log files are mounted from every node", async () => {
    const own = { logs: { sources: { files: yourFiles } } };
    const { pod } = await onKubernetes(own);
    assert.deepEqual(nodePaths(pod("DaemonSet", "alloy")).slice(-3), [
      inPlace("/srv/a b"),
      inPlace("/srv/billing"),
      ownFiles,
    ]);
  });

  test("with SELinux, exactly the pods that read from their node have its type", async () => {
    const { pod } = await onKubernetes({ kubernetes: { seLinuxType: "spc_t" } });
    const options = (kind: string, name: string) => pod(kind, name).securityContext.seLinuxOptions;
    assert.deepEqual(options("DaemonSet", "alloy"), { type: "spc_t" });
    assert.deepEqual(options("DaemonSet", "node-exporter"), { type: "spc_t" });
    assert.equal(options("StatefulSet", "loki"), undefined);
    assert.equal((await onKubernetes({})).pod("DaemonSet", "alloy").securityContext.seLinuxOptions, undefined);
  });

  test("syslog over UDP has a container port, a Service port and a NetworkPolicy rule", async () => {
    const sources = { syslog: { enabled: true, protocol: "both" } };
    const { spec, pod } = await onKubernetes({ logs: { sources } });
    const syslog = ({ name = "" }: Port) => name.startsWith("syslog");
    assert.deepEqual(pod("DaemonSet", "alloy").containers[0]?.ports.filter(syslog), [
      { name: "syslog", containerPort: 1514 },
      { name: "syslog-udp", containerPort: 1514, protocol: "UDP" },
    ]);
    assert.deepEqual(spec("Service", "alloy").ports.filter(syslog), [
      { name: "syslog", port: 1514, targetPort: "syslog" },
      { name: "syslog-udp", port: 1514, targetPort: "syslog-udp", protocol: "UDP" },
    ]);
    const openings = spec("NetworkPolicy", "alloy").ingress.filter(({ from }) => from === undefined);
    assert.deepEqual(openings, [
      { ports: [{ port: 1514, protocol: "TCP" }] },
      { ports: [{ port: 1514, protocol: "UDP" }] },
    ]);
  });
});
