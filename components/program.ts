import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../config/settings/load.ts";
import { stackComponent, unprefixed } from "../config/settings/stack-file.ts";
import { ObservabilityStack } from "./observability-stack.ts";

/** This repository's program: one stack, configured by `Pulumi.<stack>.yaml`. */
export function deployStack(options?: Parameters<typeof loadConfig>[0]): ObservabilityStack {
  return new ObservabilityStack(stackComponent, loadConfig(options), { transformations: [keepUnprefixed] });
}

/** Keeps the resources of stacks that were deployed before resource names had a prefix. */
const keepUnprefixed: pulumi.ResourceTransformation = ({ name, props, opts }) => {
  const earlier = unprefixed(name);
  if (earlier === name) return undefined;
  return { props, opts: pulumi.mergeOptions(opts, { aliases: [{ name: earlier }] }) };
};
