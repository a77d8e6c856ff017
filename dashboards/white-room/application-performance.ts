import { applicationJobs } from "../../config/alerts/monitored.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { annotations } from "../lib/annotations.ts";
import type { Dashboard } from "../lib/dashboard.ts";
import { cluster, instance, prometheusSource, service } from "../lib/variables.ts";
import { audio } from "./application-performance/audio.ts";
import { errorBudget, requests, routes } from "./application-performance/http.ts";
import { changesAndSecurity } from "./application-performance/security.ts";

/** What users of White Room experience: requests, audio, calls into the engine. */
export function applicationPerformance(settings: Settings): Dashboard {
  const jobs = applicationJobs(settings).map(({ job }) => job);
  return {
    name: "applicationPerformance",
    title: "Application Performance",
    description: "What users experience: requests, errors, latency, audio, and FFI calls into the C++ engine.",
    from: "now-1h",
    variables: [prometheusSource, cluster, service(jobs), instance(jobs)],
    annotations: annotations(settings),
    rows: [requests(settings), routes, errorBudget, ...audio(settings), changesAndSecurity],
  };
}
