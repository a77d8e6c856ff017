import { relative } from "node:path/posix";
import * as pulumi from "@pulumi/pulumi";
import { servesTls, tlsArguments } from "../config/products/internal-tls.ts";
import { journeyBundle } from "../config/products/journeys/bundle.ts";
import { allJourneys, renderJourneys, runnerSecrets } from "../config/products/journeys/journeys.ts";
import { configDirectory, journeyRunner, programDirectory } from "../config/products/journeys/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, type StackContext, secretSet, tlsSet } from "./context.ts";
import { urlPort } from "./outside.ts";
import type { Workload } from "./platform/workload.ts";

/** The runner of the journeys. Reloads its config itself, and reads secrets at each run. */
export class Journeys extends pulumi.ComponentResource {
  constructor(name: string, context: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:probes:Journeys", name, {}, opts);
    context.platform.deploy(journeysWorkload(context), { parent: this });
    this.registerOutputs({});
  }
}

/** Bounds of the heap: it collects garbage instead of growing to what its container may use. */
const heap = ["--max-old-space-size=32", "--max-semi-space-size=1"];
const program = `${programDirectory}/journeys.mjs`;
const config = "journeys.json";

function journeysWorkload({ settings, secrets }: StackContext): Workload {
  const { secretFiles } = journeyRunner;
  const secretKeys = runnerSecrets(settings);
  return {
    ...described(settings, journeyRunner),
    service: "monitoring",
    command: [
      "/usr/local/bin/node",
      ...heap,
      program,
      `--config=${configDirectory}/${config}`,
      `--secrets=${secretFiles.secrets.directory}`,
      `--port=${journeyRunner.port}`,
      ...tlsArguments(settings, journeyRunner),
    ],
    files: [
      ...tlsSet(settings, secrets, journeyRunner),
      ...(secretKeys.length > 0 ? [secretSet(secrets, journeyRunner, "secrets", secretKeys)] : []),
      {
        name: "runner",
        directory: programDirectory,
        files: [
          {
            path: "journeys.mjs",
            content: journeyBundle(),
          },
        ],
        secret: false,
        reload: { kind: "restart" },
      },
      {
        name: "config",
        directory: configDirectory,
        files: renderJourneys(settings),
        secret: false,
        reload: { kind: "watches" },
        check: [
          "/usr/local/bin/node",
          `{directory}/${relative(configDirectory, program)}`,
          "--check",
          `--config={directory}/${config}`,
        ],
        checkReads: ["runner"],
      },
    ],
    ports: [{ name: "http", port: journeyRunner.port, scraped: true, tls: servesTls(settings, journeyRunner) }],
    limits: settings.probes.journeyLimits,
    placement: "service",
    stopGraceSeconds: 5,
    reachesOutside: [
      { what: "probed addresses", ports: requestedPorts(settings), ranges: settings.network.egress.probes },
    ],
  };
}

/** Saved URLs lead to the same servers. */
function requestedPorts(settings: Settings): number[] {
  const urls = allJourneys(settings).flatMap(({ steps }) => steps.map(({ request }) => request.url));
  return [...new Set(urls.filter((url) => !url.startsWith("${")).map(urlPort))].sort((a, b) => a - b);
}
