import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, forEachChild, parse, type SyntaxNode } from "unbash";
import { alertNames } from "../../config/alerts/catalogue.ts";
import { configMistakes } from "./config-keys.ts";
import { root } from "./pages.ts";
import { logqlMistakes, promqlMistakes } from "./queries.ts";

/** Programs that a reader's machine or a container has. One more is a deliberate line here. */
const programs = [
  ["bash", "sh", "env", "sudo", "xargs", "watch", "time", "timeout", "cd", "echo", "export", "read", "printf", "test"],
  ["set", "sleep", "true", "wait", "kill", "exit", "cat", "cp", "mv", "rm", "mkdir", "ls", "find", "touch", "chmod"],
  ["chown", "ln", "tar", "gzip", "gunzip", "grep", "sed", "awk", "sort", "uniq", "head", "tail", "cut", "wc", "tr"],
  [
    "tee",
    "diff",
    "date",
    "df",
    "du",
    "top",
    "ps",
    "ss",
    "free",
    "uptime",
    "dmesg",
    "journalctl",
    "systemctl",
    "vmstat",
  ],
  [
    "iostat",
    "ip",
    "ping",
    "nslookup",
    "openssl",
    "base64",
    "ssh",
    "scp",
    "apt-get",
    "curl",
    "jq",
    "git",
    "logrotate",
    "logger",
    "tcpdump",
  ],
  ["docker", "kubectl", "pulumi", "node", "npm", "npx", "python3", "pip", "g++", "cmake", "ctest", "make", "swift"],
  [
    "promtool",
    "amtool",
    "logcli",
    "lokitool",
    "grafana",
    "prometheus",
    "alertmanager",
    "loki",
    "promtail",
    "alloy",
    "thanos",
  ],
  [
    "psql",
    "pg_isready",
    "pg_dump",
    "redis-cli",
    "nginx",
    "etcdctl",
    "wget",
    "id",
    "hostname",
    "sha256sum",
    "gh",
    "sysctl",
    "pgrep",
    "lsof",
  ],
  ["gdb", "perf", "strace", "pw-top", "aplay", "jack_bufsize", "crictl", "ulimit", "command", "which"],
].flat();

const npmCommands = ["ci", "install", "run", "test", "audit", "ls", "outdated"];

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
}
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Package;

/** The project's own folders and files, by their first name. */
const own = new Set(readdirSync(root).filter((name) => !["node_modules", ".git"].includes(name)));

/** What is wrong with a script or a single command: it does not parse, or calls or names something that does not exist. */
export function shellMistakes(script: string): string[] {
  try {
    execFileSync("bash", ["-n"], { input: script, stdio: ["pipe", "ignore", "pipe"] });
  } catch (error) {
    return [String((error as { stderr: Buffer }).stderr).trim()];
  }
  const mistakes = commandsOf(script).flatMap((command) => [...commandMistakes(command), ...queryMistakes(command)]);
  return [...new Set(mistakes)];
}

/** Every command of a script as its words, also those inside of others: of `sudo`, `docker exec`, `sh -c`, `$(…)`. */
export function commandsOf(script: string): string[][] {
  const found: string[][] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") found.push(...unwrapped(words(node)));
    forEachChild(node, visit);
  };
  visit(parse(script));
  return found.filter((command) => command.length > 0);
}

function words({ name, suffix }: Command): string[] {
  const all = [name, ...suffix.filter((part) => part.type === "Word")];
  return all.flatMap((word) => (word?.type === "Word" ? [word.value] : []));
}

/** Options with a value of their own, of the programs that start another one. */
const withValue = /^(?:-[uwenIPdn]|--(?:user|workdir|env|namespace|container|interval|network|name|entrypoint))$/;

/** A command, and the one that it starts. */
function unwrapped(command: string[]): string[][] {
  const [program = "", ...rest] = command;
  const nested = (inner: string[]) => [command, ...unwrapped(inner)];
  if (["sudo", "time", "xargs", "watch", "timeout", "env", "command"].includes(program)) {
    const inner = afterOptions(rest).filter((word, index) => index > 0 || !/^\d+[smh]?$/.test(word));
    return nested(inner.slice(inner.findIndex((word) => !/^\w+=/.test(word))));
  }
  if (["sh", "bash"].includes(program) && rest.some((word) => /^-\w*c$/.test(word))) {
    return [command, ...commandsOf(rest[rest.findIndex((word) => /^-\w*c$/.test(word)) + 1] ?? "")];
  }
  if (program === "docker" && rest[0] === "exec") return nested(afterOptions(rest.slice(1)).slice(1));
  if (program === "kubectl" && rest.includes("--")) return nested(rest.slice(rest.indexOf("--") + 1));
  return [command];
}

function afterOptions([word, ...rest]: string[]): string[] {
  if (word === undefined) return [];
  if (!word.startsWith("-")) return [word, ...rest];
  return afterOptions(withValue.test(word) ? rest.slice(1) : rest);
}

function commandMistakes(command: readonly string[]): string[] {
  const [program = "", ...rest] = command;
  if (program.startsWith("$") || program === "[") return [];
  const known = program.includes("/") ? isProgramFile(program) : programs.includes(program);
  if (!known) return [`"${program}" is neither a file of the project nor a program listed in test/docs/commands.ts`];
  return [
    ...(program === "npm" ? npmMistakes(rest) : []),
    ...(program === "./start.sh" ? flagMistakes("start.sh", "scripts/start/help.txt", rest) : []),
    ...(/(?:^|\/)pulumi$/.test(program) ? configMistakes(rest) : []),
    ...command.flatMap(pathMistakes),
    ...rest.flatMap(alertMistakes),
  ];
}

function isProgramFile(path: string): boolean {
  // Written by start.sh; everything below / belongs to a container or a machine.
  return path === ".pulumi-local/pulumi" || path.startsWith("/") || existsSync(join(root, path));
}

function npmMistakes([command = "", script = "", ...rest]: readonly string[]): string[] {
  if (!npmCommands.includes(command)) return [`npm ${command} is not among ${npmCommands.join(", ")}`];
  if (command !== "run") return [];
  const [, source] = /^bash scripts\/run\.sh (\S+)/.exec(scripts[script] ?? "") ?? [];
  if (source === undefined) return [`npm run ${script}: package.json has ${Object.keys(scripts).join(", ")}`];
  if (rest.length > 0 && rest[0] !== "--") return [`npm run ${script}: arguments must follow "--"`];
  return flagMistakes(`npm run ${script}`, source, rest);
}

/** Flags that a script's own help does not name. */
function flagMistakes(command: string, source: string, rest: readonly string[]): string[] {
  const help = readFileSync(join(root, source), "utf8");
  return rest
    .filter((word) => word.startsWith("--") && word !== "--")
    .map((word) => word.split("=")[0] ?? "")
    .filter((flag) => !new RegExp(`${flag}\\b`).test(help))
    .map((flag) => `${command} has no ${flag}`);
}

/** A word that names something in the project's folders which is not there. */
export function pathMistakes(word: string): string[] {
  const path = word.replace(/^\.\//, "").replaceAll(/<[^>]+>/g, "*");
  const [first = ""] = path.split("/");
  if (!path.includes("/") || !own.has(first) || first.startsWith(".") || /[\s${}…=:]/.test(path)) return [];
  return globSync(path, { cwd: root }).length > 0 ? [] : [`${word} does not exist`];
}

function alertMistakes(word: string): string[] {
  const [, name] = /^alertname="?([A-Z]\w+)"?$/.exec(word) ?? [];
  return name === undefined || (alertNames as readonly string[]).includes(name) ? [] : [`alert ${name} does not exist`];
}

/** Queries inside of a command: what promtool and logcli are asked, and what curl sends to Prometheus and Loki. */
function queryMistakes(command: readonly string[]): string[] {
  const [program = ""] = command;
  const literal = (query: string) => !query.includes("$");
  const loki = command.some((word) => word.includes("/loki/api/"));
  if (program === "promtool" && command[1] === "query") {
    return command.slice(3).filter(isExpression).filter(literal).slice(-1).flatMap(promqlMistakes);
  }
  if (program === "logcli")
    return command
      .slice(1)
      .filter((word) => word.includes("{"))
      .flatMap(logqlMistakes);
  if (program !== "curl") return [];
  const queries = command.flatMap((word) => /^query=(.*)$/s.exec(word)?.[1] ?? []).filter(literal);
  return queries.flatMap(loki ? logqlMistakes : promqlMistakes);
}

function isExpression(word: string): boolean {
  return !word.startsWith("-") && !/^https?:/.test(word) && !/^(?:instant|range|series|labels)$/.test(word);
}
