import { isDeepStrictEqual } from "node:util";
import { parseQuantity } from "../../config/settings/units.ts";
import { arrow, type Change, changes, describe } from "./differences.ts";
import type { Effects } from "./effects.ts";
import { isOfChecker, type Manifest, manifestsOf, workloadOf } from "./manifests.ts";
import { code, line, listed, plain } from "./markdown.ts";
import { compareText, isMap, type Rendered, type Yaml } from "./rendered.ts";

/** Immutable spec fields: changing one deletes and recreates the object. */
const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["selector"],
  DaemonSet: ["selector"],
  StatefulSet: ["selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"],
};

/** Effects of a change on a stack on Kubernetes. */
export function kubernetesRestarts(before: Rendered, after: Rendered): Effects {
  const [old, now] = [manifestsOf(before), manifestsOf(after)];
  const all = [...new Set([...old.keys(), ...now.keys()])].sort(compareText).map((key) => ({
    was: old.get(key),
    is: now.get(key),
  }));
  const differing = all.filter(({ was, is }) => !isDeepStrictEqual(was, is));
  const workloads = differing.filter(({ was, is }) => kindOf(was, is) in immutable);
  const restarting = new Set(
    workloads.filter(({ was, is }) => !sameTemplate(was, is)).map(({ was, is }) => nameOf(was, is)),
  );
  const reloads = differing
    .flatMap(({ is }) => (is === undefined ? [] : [workloadOf(is)]))
    .filter((workload) => workload !== undefined)
    .filter((workload) => !restarting.has(workload));
  return {
    data: differing.flatMap(({ was, is }) => dataLines(was, is)),
    programs: [
      ...workloads.flatMap(({ was, is }) => workloadLine(was, is)),
      ...otherLines(differing.filter(({ was, is }) => isOther(was ?? is))),
    ],
    reloads: [...new Set(reloads)].sort(compareText),
  };
}

function kindOf(was: Manifest | undefined, is: Manifest | undefined): string {
  return (is ?? was)?.kind ?? "";
}

function nameOf(was: Manifest | undefined, is: Manifest | undefined): string {
  return (is ?? was)?.name ?? "";
}

function specOf(manifest: Manifest | undefined): Yaml {
  const spec = manifest?.object["spec"];
  return isMap(spec) ? spec : {};
}

function sameTemplate(was: Manifest | undefined, is: Manifest | undefined): boolean {
  return isDeepStrictEqual(specOf(was)["template"], specOf(is)["template"]);
}

function workloadLine(was: Manifest | undefined, is: Manifest | undefined): string[] {
  const name = `${plain(nameOf(was, is))} (${kindOf(was, is)})`;
  if (was === undefined) return [`${name}: added`];
  if (is === undefined) return [`${name}: removed`];
  const [old, now] = [specOf(was), specOf(is)];
  const fixed = immutable[is.kind]?.filter((field) => !isDeepStrictEqual(old[field], now[field])) ?? [];
  const scaled = old["replicas"] === now["replicas"] ? [] : [`replicas ${arrow(old["replicas"], now["replicas"])}`];
  if (fixed.length > 0) return [`${name}: deleted and recreated, because ${listed(fixed.map(code))} cannot be changed`];
  if (sameTemplate(was, is)) return [line(name, scaled.length > 0 ? scaled : ["updated, pods keep running"])];
  return [line(`${name}: pods restart`, [...templateReasons(changes(old["template"], now["template"])), ...scaled])];
}

/** Why pods restart. Labels follow the image version; hash annotations stand for changed files. */
function templateReasons(differing: readonly Change[]): string[] {
  const hashes = differing.flatMap(({ path }) => /\bwhite-room-monitoring\/(.+)-hash\]$/.exec(path)?.[1] ?? []);
  const rest = differing.filter(({ path }) => !path.startsWith("metadata"));
  const reasons = [
    ...(hashes.length > 0 ? [`new ${listed(hashes.map(plain))} files`] : []),
    ...rest.map(({ path, ...change }) => describe({ ...change, path: path.replace(/^spec\./, "") })),
  ];
  return reasons.length > 0 ? reasons : differing.map(describe);
}

function dataLines(was: Manifest | undefined, is: Manifest | undefined): string[] {
  const kind = kindOf(was, is);
  const name = code(nameOf(was, is));
  if (kind === "Namespace" && is === undefined) {
    return [`**Namespace ${name} is removed with all its claims. ${protection}**`];
  }
  if (kind !== "PersistentVolumeClaim") return [];
  if (was === undefined) return [`Claim ${name} is added (${plain(storageOf(is))})`];
  if (is === undefined) return [`**Claim ${name} is removed. ${protection}**`];
  const fields = changes(specOf(was), specOf(is)).filter(({ path }) => path !== "resources.requests.storage");
  const [old, now] = [storageOf(was), storageOf(is)];
  return [
    ...(old === now ? [] : [sizeLine(name, old, now)]),
    ...(fields.length > 0 ? [`**Claim ${name} is replaced: ${fields.map(describe).join(", ")}. ${protection}**`] : []),
  ];
}

/** Mentions both cases, because a rendered stack does not contain `protectData`. */
const protection =
  "`pulumi up` fails if `kubernetes.protectData` is true; otherwise the storage class decides whether the data is kept";

function storageOf(manifest: Manifest | undefined): string {
  const { resources } = specOf(manifest);
  const requests = isMap(resources) ? resources["requests"] : undefined;
  return String(isMap(requests) ? requests["storage"] : "");
}

function sizeLine(name: string, before: string, after: string): string {
  const [old, now] = [parseQuantity(before), parseQuantity(after)];
  const shrinks = old !== undefined && now !== undefined && now < old;
  return shrinks
    ? `**Claim ${name} shrinks: ${arrow(before, after)}. Kubernetes rejects this, and \`pulumi up\` fails**`
    : `Claim ${name} grows: ${arrow(before, after)}, if its storage class allows expansion`;
}

/** Objects other than workloads, data and files: Services, policies, accounts. */
function isOther(manifest: Manifest | undefined): boolean {
  if (manifest === undefined || manifest.kind in immutable || isOfChecker(manifest)) return false;
  return !["PersistentVolumeClaim", "ConfigMap", "Secret"].includes(manifest.kind);
}

function otherLines(differing: readonly { was: Manifest | undefined; is: Manifest | undefined }[]): string[] {
  const of = (word: string, found: typeof differing) => {
    const names = found.map(({ was, is }) => `${kindOf(was, is)} ${plain(nameOf(was, is))}`);
    return names.length > 0 ? [line(word, names)] : [];
  };
  return [
    ...of(
      "Also added",
      differing.filter(({ was }) => was === undefined),
    ),
    ...of(
      "Also changed",
      differing.filter(({ was, is }) => was !== undefined && is !== undefined),
    ),
    ...of(
      "Also removed",
      differing.filter(({ is }) => is === undefined),
    ),
  ];
}
