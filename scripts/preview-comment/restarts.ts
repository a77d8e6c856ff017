import { dockerRestarts } from "./docker.ts";
import type { Effects } from "./effects.ts";
import { kubernetesRestarts } from "./kubernetes.ts";
import type { Rendered } from "./rendered.ts";

/** Platform of a stack; undefined if it is empty. */
export function platformOf(stack: Rendered): "Docker" | "Kubernetes" | undefined {
  if (stack.has("compose.yaml")) return "Docker";
  return [...stack.keys()].some((path) => path.startsWith("kubernetes/")) ? "Kubernetes" : undefined;
}

/** Effects of a change between two stacks on the same platform. */
export function effectsOf(before: Rendered, after: Rendered): Effects {
  return platformOf(after) === "Docker" ? dockerRestarts(before, after) : kubernetesRestarts(before, after);
}
