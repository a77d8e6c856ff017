import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One line that a container wrote. */
export interface ContainerLine {
  readonly stream: "stdout" | "stderr";
  readonly time: Date;
  readonly text: string;
}

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly lines: readonly ContainerLine[];
}

/** The part of Docker's HTTP API that a log collector uses, on a unix socket. Returns a function that stops it. */
export function serveDocker(socket: string, containers: readonly FakeContainer[]): () => void {
  const server = createServer((request, response) => answer(request, response, containers)).listen(socket);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

function answer({ url = "" }: IncomingMessage, response: ServerResponse, containers: readonly FakeContainer[]): void {
  const { pathname, searchParams } = new URL(url, "http://docker");
  const path = pathname.replace(/^\/v[\d.]+/, "");
  const [, id, what] = /^\/containers\/([^/]+)\/(json|logs)$/.exec(path) ?? [];
  const container = containers.find((known) => known.id === id);
  response.setHeader("Api-Version", "1.47");
  if (path === "/_ping") response.end("OK");
  else if (path === "/containers/json") json(response, containers.map(summary));
  else if (path === "/networks") json(response, [network]);
  else if (container && what === "json") json(response, details(container));
  else if (container && what === "logs") follow(response, container, Number(searchParams.get("since") ?? 0));
  else json(response.writeHead(404), { message: `not faked: ${url}` });
}

function json(response: ServerResponse, body: unknown): void {
  if (!response.headersSent) response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}

const network = {
  Id: "net1",
  Name: "stack",
  Scope: "local",
  Driver: "bridge",
  Internal: false,
  Ingress: false,
  Labels: {},
};

function summary({ id, name, labels }: FakeContainer) {
  return {
    Id: id,
    Names: [`/${name}`],
    Labels: labels,
    State: "running",
    Status: "Up",
    // Service discovery creates a target for each port, but each line must be read only once.
    Ports: [
      { PrivatePort: 80, Type: "tcp" },
      { PrivatePort: 81, Type: "tcp" },
    ],
    HostConfig: { NetworkMode: "stack" },
    NetworkSettings: { Networks: { stack: { NetworkID: "net1", IPAddress: "172.18.0.2" } } },
  };
}

function details({ id, name, labels }: FakeContainer) {
  const state = { Status: "running", Running: true, FinishedAt: "0001-01-01T00:00:00Z" };
  return { Id: id, Name: `/${name}`, State: state, Config: { Tty: false, Labels: labels } };
}

/** Docker keeps the connection open as long as the container runs. */
function follow(response: ServerResponse, { lines }: FakeContainer, since: number): void {
  response.setHeader("Content-Type", "application/vnd.docker.multiplexed-stream");
  response.flushHeaders();
  for (const line of lines) if (line.time.getTime() >= since * 1000) response.write(frame(line));
}

/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach */
function frame({ stream, time, text }: ContainerLine): Buffer {
  const payload = Buffer.from(`${time.toISOString()} ${text}\n`);
  const header = Buffer.alloc(8);
  header[0] = stream === "stdout" ? 1 : 2;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
