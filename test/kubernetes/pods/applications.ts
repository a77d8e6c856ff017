import { imageReference } from "../../../config/products/images.ts";
import { sandboxMirror } from "../../../scripts/offline/images.ts";

export const applicationNamespace = "white-room";

/** An application that declares its metrics by annotations, and logs a line every second. */
const studio = `
const { createServer } = require("node:http");
createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
  response.end("studio_sessions 7\\n");
}).listen(8000);
let number = 0;
setInterval(() => {
  const time = new Date().toISOString();
  console.log(JSON.stringify({ timestamp: time, level: "warn", message: "studio line " + number++, trace_id: "4bf92f3577b34da6" }));
}, 1000);
`;

/** Accepts notifications, and returns all of them to a GET request. */
const receiver = `
const { createServer } = require("node:http");
const taken = [];
createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    if (request.method === "POST") taken.push(JSON.parse(body));
    response.writeHead(request.method === "POST" ? 202 : 200, { "content-type": "application/json" });
    response.end(request.method === "POST" ? '{"status":"success"}' : JSON.stringify(taken));
  });
}).listen(8080);
`;

/** Objects outside the stack: the monitored application, and the receiver of notifications. */
export const applications: readonly object[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: applicationNamespace } },
  pod("studio", studio, 8000, {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": "8000",
  }),
  pod("receiver", receiver, 8080),
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "receiver", namespace: applicationNamespace },
    spec: { selector: { "app.kubernetes.io/name": "receiver" }, ports: [{ port: 8080 }] },
  },
];

function pod(name: string, script: string, port: number, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: applicationNamespace, labels: { "app.kubernetes.io/name": name }, annotations },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name,
          image: imageReference("node", {}, sandboxMirror),
          imagePullPolicy: "Never",
          command: ["node", "-e", script],
          ports: [{ name: "http", containerPort: port }],
        },
      ],
    },
  };
}
