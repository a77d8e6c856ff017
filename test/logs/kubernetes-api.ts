import { createServer, type ServerResponse } from "node:http";

export interface FakePod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly containers: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const version = "1";

/** The Kubernetes API as pod discovery uses it: a list, and a watch without events. Returns a function that stops it. */
export function serveKubernetes(port: number, pods: readonly FakePod[]): () => void {
  const server = createServer(({ url = "" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://cluster");
    if (pathname !== "/api/v1/pods") {
      response.writeHead(404, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: 404 }));
      return;
    }
    const [, node] = /^spec\.nodeName=(.*)$/.exec(searchParams.get("fieldSelector") ?? "") ?? [];
    const chosen = pods.filter((pod) => node === undefined || pod.node === node);
    response.writeHead(200, { "Content-Type": "application/json" });
    if (searchParams.get("watch")) watch(response, searchParams.has("sendInitialEvents") ? chosen : undefined);
    else response.end(JSON.stringify(list(chosen)));
  }).listen(port, "127.0.0.1");
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

function list(pods: readonly FakePod[]) {
  return { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: version }, items: pods.map(object) };
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists: newer clients get the list as events. */
function watch(response: ServerResponse, initial: readonly FakePod[] | undefined): void {
  response.flushHeaders();
  if (initial === undefined) return;
  const end = { "k8s.io/initial-events-end": "true" };
  const bookmark = { kind: "Pod", apiVersion: "v1", metadata: { resourceVersion: version, annotations: end } };
  for (const pod of initial) response.write(`${JSON.stringify({ type: "ADDED", object: object(pod) })}\n`);
  response.write(`${JSON.stringify({ type: "BOOKMARK", object: bookmark })}\n`);
}

function object({ namespace, name, uid, node, containers, labels = {}, annotations = {} }: FakePod) {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { namespace, name, uid, labels, annotations, resourceVersion: version },
    spec: {
      nodeName: node,
      // Service discovery creates a target for each port, but each line must be read only once.
      containers: containers.map((container) => ({
        name: container,
        ports: [{ containerPort: 8000 }, { containerPort: 9000 }],
      })),
    },
    status: { phase: "Running", podIP: "10.1.0.7", hostIP: "10.0.0.2" },
  };
}
