import { imageReference } from "../../config/products/images.ts";
import { prometheus } from "../../config/products/prometheus/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { lastLines, run, tryRun } from "../lib/run-command.ts";
import type { Finding, StackUnderTest } from "./finding.ts";

const what = "NetworkPolicies";
const connected = 3;
const seconds = 120;

/**
 * Checks that the cluster enforces NetworkPolicies. API servers accept policies even if the network plugin does not enforce
 * them, so a Job whose pod may not open any connection tries to reach Prometheus. It has no credentials and deletes itself.
 */
export async function checkIsolation({ settings }: StackUnderTest): Promise<Finding[]> {
  const failure = (detail: string): Finding[] => [{ state: "failed", what, detail }];
  const { namespace } = settings.kubernetes;
  const address = await readyPrometheus(namespace);
  if (address === undefined)
    return failure(`no ready Prometheus pod in namespace ${namespace} of kubectl's current context`);

  const name = await create(namespace, isolationProbe(settings, address));
  try {
    const exitCode = await ended(namespace, name);
    if (exitCode === 0) return [{ state: "ok", what, detail: "a forbidden connection to Prometheus is blocked" }];
    if (exitCode === connected)
      return failure(
        "not enforced: a pod that may not reach Prometheus did. Install a network plugin that enforces them, such as Calico or Cilium",
      );
    const logs = await tryRun("kubectl", ["--namespace", namespace, "logs", `job/${name}`]);
    return failure(`the probe failed: ${lastLines(logs.output, 3) || `exit code ${exitCode}`}`);
  } finally {
    await tryRun("kubectl", ["--namespace", namespace, "delete", "job", name, "--ignore-not-found", "--wait=false"]);
  }
}

/** A Job that no policy allows to open a connection. It ends and is deleted even if this program is killed. */
export function isolationProbe({ images, kubernetes }: Settings, address: string) {
  const host = address.includes(":") ? `[${address}]` : address;
  const labels = { "app.kubernetes.io/name": "isolation-probe" };
  const { imagePullSecrets, nodeSelector, tolerations, assignUsers } = kubernetes;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { generateName: "isolation-probe-", namespace: kubernetes.namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            ...(assignUsers && { runAsUser: 65534, runAsGroup: 65534 }),
            seccompProfile: { type: "RuntimeDefault" },
          },
          nodeSelector: { ...nodeSelector, "kubernetes.io/os": "linux" },
          tolerations,
          imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
          containers: [
            {
              name: "probe",
              // This image is already in use in the cluster and contains wget.
              image: imageReference("prometheus", images.prometheus ?? {}, images.mirror),
              command: ["/bin/sh", "-c", script(`http://${host}:${prometheus.port}/-/healthy`)],
              resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "32Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
            },
          ],
        },
      },
    },
  };
}

/** Tries to connect five times, because some network plugins apply policies only seconds after a pod has started. */
function script(url: string): string {
  return `for attempt in 1 2 3 4 5; do
  # An error of the server, such as one about TLS, is an answer too.
  answer="$(wget -T 5 -O /dev/null '${url}' 2>&1)" || case "$answer" in
    *'server returned error'*) ;;
    *'not found'*) echo "$answer"; exit 1 ;;
    *) exit 0 ;;
  esac
  sleep 3
done
exit ${connected}
`;
}

interface Pod {
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly state: { readonly terminated?: { readonly exitCode: number } } }[];
  };
}

async function pods(namespace: string, selector: string): Promise<readonly Pod[]> {
  const words = ["--namespace", namespace, "get", "pods", "--selector", selector, "--output", "json"];
  return (JSON.parse(await run("kubectl", words, { timeout: 30_000 })) as { readonly items: readonly Pod[] }).items;
}

async function readyPrometheus(namespace: string): Promise<string | undefined> {
  const labels = `app.kubernetes.io/part-of=white-room-monitoring,app.kubernetes.io/name=${prometheus.workload}`;
  const isReady = ({ status }: Pod) =>
    status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
  return (await pods(namespace, labels)).find(isReady)?.status.podIP;
}

async function create(namespace: string, job: object): Promise<string> {
  const words = ["--namespace", namespace, "create", "--filename", "-", "--output", "jsonpath={.metadata.name}"];
  return (await run("kubectl", words, { input: JSON.stringify(job), timeout: 30_000 })).trim();
}

/** Exit code of the probe; undefined if it did not start or end in time. */
async function ended(namespace: string, name: string): Promise<number | undefined> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const [pod] = await pods(namespace, `job-name=${name}`);
    const terminated = pod?.status.containerStatuses?.[0]?.state.terminated;
    if (terminated !== undefined) return terminated.exitCode;
    await new Promise((done) => setTimeout(done, 1000));
  }
  return undefined;
}
