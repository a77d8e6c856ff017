import type { ContainerArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { withoutTitle } from "../../components/platform/docker-uploads.ts";
import { toYaml } from "../../config/file.ts";
import { bracketed } from "../../config/products/links.ts";
import { folderOf } from "./folders.ts";
import type { Registered } from "./register.ts";

/** A file in the output directory. */
export interface TreeFile {
  readonly path: string;
  readonly content: string;
  readonly secret: boolean;
  /** The service that reads the file, and how it reloads: "watches", "restart" or "http:<port><path>". */
  readonly reader?: { readonly service: string; readonly reload: string };
}

type Container = Unwrap<ContainerArgs> & { labels: { label: string; value: string }[] };

const containerType = "docker:index/container:Container";
const volumeType = "docker:index/volume:Volume";
const networkType = "docker:index/network:Network";

/** Renders the registered Docker resources as a Compose project. Carrier containers become folders. */
export function renderCompose(resources: readonly Registered[], project: string): TreeFile[] {
  const containers = resources.filter(({ type }) => type === containerType);
  const carriers = containers.filter((resource) => labelOf(resource, "white-room.carrier") !== undefined).map(toFolder);
  const folders = new Map(carriers.map(({ volume, folder }) => [volume, folder]));
  const services = containers
    .filter((resource) => labelOf(resource, "white-room.carrier") === undefined)
    .map(
      (resource) =>
        [
          labelOf(resource, "white-room.workload") ?? resource.name,
          toService(containerInputs(resource), folders),
        ] as const,
    );
  const volumes = resources
    .filter(({ type, inputs }) => type === volumeType && !folders.has(String(inputs["name"])))
    .map(({ inputs }) => [
      String(inputs["name"]),
      { name: inputs["name"], driver: "local", driver_opts: inputs["driverOpts"] },
    ]);
  const networks = resources
    .filter(({ type }) => type === networkType)
    .map(({ inputs }) => [String(inputs["name"]), { name: inputs["name"], enable_ipv6: inputs["ipv6"] }]);
  services.sort(([a], [b]) => (a < b ? -1 : 1));
  const compose = {
    name: project,
    services: Object.fromEntries(services),
    networks: Object.fromEntries(networks),
    volumes: Object.fromEntries(volumes),
  };
  return [{ path: "compose.yaml", content: toYaml(compose), secret: false }, ...carriers.flatMap(({ files }) => files)];
}

function containerInputs({ inputs }: Registered): Container {
  return inputs as unknown as Container;
}

/** A label of a container. Only carriers have "white-room.carrier", with the value `<workload>/<set>`. */
function labelOf(resource: Registered, name: string): string | undefined {
  return containerInputs(resource).labels.find(({ label }) => label === name)?.value;
}

/** The folder that replaces a carrier's volume. */
function toFolder(resource: Registered) {
  const [workload = "", set = ""] = (labelOf(resource, "white-room.carrier") ?? "").split("/");
  const folder = folderOf(workload, set, resource.secret);
  const { uploads, volumes } = containerInputs(resource);
  const files = (uploads ?? []).map(({ file, content }) => ({
    path: `${folder}/${file.replace(/^\/white-room\/(?:files|candidates)\//, "")}`,
    content: withoutTitle(content ?? ""),
    secret: resource.secret,
    reader: { service: workload, reload: labelOf(resource, "white-room.reload") ?? "" },
  }));
  return { volume: String(volumes?.[0]?.volumeName), folder, files };
}

function toService(inputs: Container, folders: ReadonlyMap<string, string>): object {
  const { healthcheck, capabilities } = inputs;
  return {
    image: inputs.image,
    container_name: inputs.name,
    entrypoint: inputs.entrypoints?.map(literal),
    command: inputs.command?.map(literal),
    environment: some(inputs.envs?.map(literal)),
    user: inputs.user,
    group_add: some(inputs.groupAdds),
    read_only: inputs.readOnly,
    cap_drop: capabilities?.drops,
    cap_add: some(capabilities?.adds),
    security_opt: inputs.securityOpts,
    sysctls: inputs.sysctls,
    mem_limit: `${inputs.memory}m`,
    memswap_limit: `${inputs.memorySwap}m`,
    cpus: Number(inputs.cpus),
    restart: inputs.restart,
    pid: inputs.pidMode,
    networks: Object.fromEntries((inputs.networksAdvanced ?? []).map(({ name, aliases }) => [name, { aliases }])),
    extra_hosts: some((inputs.hosts ?? []).map(({ host, ip }) => `${host}:${ip}`)),
    ports: some(
      (inputs.ports ?? []).map(
        ({ ip, external, internal, protocol }) =>
          `${bracketed(String(ip))}:${external}:${internal}${protocol === "udp" ? "/udp" : ""}`,
      ),
    ),
    volumes: some(mounts(inputs, folders)),
    tmpfs: some(Object.entries(inputs.tmpfs ?? {}).map(([directory, options]) => `${directory}:${options}`)),
    logging: { driver: inputs.logDriver, options: inputs.logOpts },
    labels: Object.fromEntries(inputs.labels.map(({ label, value }) => [label, value])),
    stop_grace_period: `${inputs.stopTimeout}s`,
    healthcheck: healthcheck && {
      test: healthcheck.tests?.map(literal),
      interval: healthcheck.interval,
      timeout: healthcheck.timeout,
      retries: healthcheck.retries,
      start_period: healthcheck.startPeriod,
      start_interval: healthcheck.startInterval,
    },
  };
}

function mounts({ volumes, mounts }: Container, folders: ReadonlyMap<string, string>): object[] {
  return [
    ...(volumes ?? []).map(({ volumeName, hostPath, containerPath, readOnly }) => {
      const folder = volumeName === undefined ? undefined : folders.get(volumeName);
      const source = folder === undefined ? (volumeName ?? hostPath) : `./${folder}`;
      const type = volumeName !== undefined && folder === undefined ? "volume" : "bind";
      return { type, source: literal(source), target: literal(containerPath), read_only: readOnly };
    }),
    ...(mounts ?? []).map(({ source, target, readOnly, bindOptions }) => ({
      type: "bind",
      source: literal(source),
      target: literal(target),
      read_only: readOnly,
      bind: { propagation: bindOptions?.propagation },
    })),
  ];
}

/** Escapes `$`, because Compose interpolates `$NAME`. */
function literal(text: string | undefined): string | undefined {
  return text?.replaceAll("$", "$$$$");
}

function some<T>(items: readonly T[] | undefined): readonly T[] | undefined {
  return items && items.length > 0 ? items : undefined;
}
