import { type ImageName, imageReference, images, isBuiltLocally } from "../../config/products/images.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { type Registered, registerResources } from "../render/register.ts";

/** An image used by a stack. */
export interface NeededImage {
  readonly name: ImageName;
  /** `repository:tag[@digest]`. */
  readonly reference: string;
}

/** All images in config/products/images.ts that are not built locally. */
export function knownImages(): NeededImage[] {
  return (Object.keys(images) as ImageName[])
    .map((name) => ({ name, reference: imageReference(name) }))
    .filter(({ reference }) => !isBuiltLocally(reference));
}

/**
 * Images used by a stack, in the order of config/products/images.ts. Runs the program with placeholder secrets and without
 * an engine.
 */
export async function neededImages(config: StackConfig): Promise<NeededImage[]> {
  const settings = toSettings(config, { requireSecrets: false });
  const missing = missingSecretNeeds(settings, config.secrets).map(({ key }) => key);
  const complete = { ...config, secrets: new Set([...config.secrets, ...missing]) };
  const references = new Set(imageReferences(await registerResources(complete, (key) => `placeholder-${key}`)));
  return [...imageNames(settings)]
    .filter(([reference]) => references.has(reference))
    .map(([reference, name]) => ({ name, reference }));
}

/** Image names by their reference under these settings. */
export function imageNames({ images: overrides }: Settings): Map<string, ImageName> {
  return new Map(
    (Object.keys(images) as ImageName[]).map((name) => [
      imageReference(name, overrides[name] ?? {}, overrides.mirror),
      name,
    ]),
  );
}

/** Image references in registered containers and pods. */
function imageReferences(resources: readonly Registered[]): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "image" && typeof inner === "string") found.push(inner);
      else visit(inner);
    }
  };
  for (const { inputs } of resources) visit(inputs);
  return found;
}
