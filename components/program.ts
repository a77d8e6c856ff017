import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../config/settings/load.ts";
import { stackComponent } from "../config/settings/stack-file.ts";
import { ObservabilityStack } from "./observability-stack.ts";

/** This repository's program: one stack, configured by `Pulumi.<stack>.yaml`. */
export function deployStack(options?: Parameters<typeof loadConfig>[0]): ObservabilityStack {
  return new ObservabilityStack(stackComponent, loadConfig(options), { transformations: [keepUnprefixed] });
}

/** Resource names had no prefix up to version 1; the alias keeps the resources of stacks deployed then. */
const keepUnprefixed: pulumi.ResourceTransformation = ({ name, props, opts }) => {
  const prefix = `${stackComponent}-`;
  if (!name.startsWith(prefix)) return undefined;
  return { props, opts: pulumi.mergeOptions(opts, { aliases: [{ name: name.slice(prefix.length) }] }) };
};
