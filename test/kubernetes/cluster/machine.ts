import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "../../../scripts/lib/run-command.ts";
import { until } from "../../logs/programs.ts";

/** Address of the machine on its link to the tests; the tests have the next address. */
export const machineAddress = "10.212.0.1";
const wire = "wr-cluster";

/** Fixed paths that programs on the machine write to: in memory, and gone when the machine stops. */
const ownFolders = ["/var/log/pods", "/var/log/containers", "/var/lib/white-room-monitoring", "/run/containerd"];

/** First process of the machine, which also adopts orphaned processes. */
const init = [
  "set -e",
  "mount --make-rshared /",
  ...ownFolders.flatMap((folder) => [`mkdir -p ${folder}`, `mount -t tmpfs -o mode=755 tmpfs ${folder}`]),
  "ip link set lo up",
  "echo 1 > /proc/sys/net/ipv4/ip_forward",
  // NetworkPolicies also apply to traffic between pods on the same bridge.
  "echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables",
  "sleep infinity & wait",
].join("\n");

/**
 * A machine to run a node on, made of Linux namespaces: own network, mounts and processes. Programs on it cannot change the
 * firewall, routes or mounts of the host, and end with the machine, however it ends.
 */
export class Machine {
  /** Prefix that runs a command on the machine. */
  readonly within: readonly string[];
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess, pid: number) {
    this.#holder = holder;
    this.within = ["nsenter", `--target=${pid}`, "--net", "--mount", "--pid", "--"];
  }

  static async start(): Promise<Machine> {
    const holder = spawn(
      "setpriv",
      [
        ...["--pdeathsig", "KILL", "--"],
        ...["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"],
        ...["bash", "-c", init],
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    try {
      await until("the machine's first process runs", async () => firstProcess(holder) !== undefined);
      const machine = new Machine(holder, firstProcess(holder) ?? 0);
      await machine.#connect();
      return machine;
    } catch (error) {
      holder.kill("SIGKILL");
      throw error;
    }
  }

  run(command: string, args: readonly string[]): Promise<string> {
    const [program = "", ...words] = [...this.within, command, ...args];
    return run(program, words);
  }

  async stop(): Promise<void> {
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      const ended = once(this.#holder, "exit");
      this.#holder.kill("SIGKILL");
      await ended;
    }
    // The kernel removes the link of an unused network namespace only after a while.
    await tryRun("ip", ["link", "delete", wire]);
    await until("the containers' control groups are empty", async () => removeControlGroups());
  }

  async #connect(): Promise<void> {
    const pid = String(firstProcess(this.#holder));
    await run("ip", ["link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", pid]);
    await run("ip", ["address", "add", "10.212.0.2/30", "dev", wire]);
    await run("ip", ["link", "set", wire, "up"]);
    await this.run("ip", ["address", "add", `${machineAddress}/30`, "dev", "eth0"]);
    await this.run("ip", ["link", "set", "eth0", "up"]);
  }
}

function firstProcess({ pid }: ChildProcess): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  } catch {
    return undefined;
  }
}

const controlGroups = "/sys/fs/cgroup";

/** Removes the control groups of containers, which outlive a killed containerd. Returns false while processes are ending. */
function removeControlGroups(): boolean {
  try {
    for (const hierarchy of readdirSync(controlGroups)) removeFolders(join(controlGroups, hierarchy, "k8s.io"));
    removeFolders(join(controlGroups, "k8s.io"));
    return true;
  } catch {
    return false;
  }
}

function removeFolders(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolders(join(folder, entry.name));
  }
  rmdirSync(folder);
}
