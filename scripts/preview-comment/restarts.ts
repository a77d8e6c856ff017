import { dockerRestarts } from "./docker.ts";
import type { Effects } from "./effects.ts";
import { kubernetesRestarts } from "./kubernetes.ts";
import type { Rendered } from "./rendered.ts";

/** Where a stack is deployed; undefined for an empty one. */
export function platformOf(stack: Rendered): "Docker" | "Kubernetes" | undefined {
  if (stack.has("compose.yaml")) return "Docker";
  return [...stack.keys()].some((path) => path.startsWith("kubernetes/")) ? "Kubernetes" : undefined;
}

/** What a change does to what runs. Both stacks are on one platform. */
export function effectsOf(before: Rendered, after: Rendered): Effects {
  return platformOf(after) === "Docker" ? dockerRestarts(before, after) : kubernetesRestarts(before, after);
}
