import { type ImageName, imageReference, images, isBuiltLocally } from "../../config/products/images.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { type Registered, registerResources } from "../render/register.ts";

/** One image as a stack runs it. */
export interface NeededImage {
  readonly name: ImageName;
  /** What the engine pulls, `repository:tag[@digest]`. */
  readonly reference: string;
}

/** Every image in config/products/images.ts that a registry has, as it stands there. */
export function knownImages(): NeededImage[] {
  return (Object.keys(images) as ImageName[])
    .map((name) => ({ name, reference: imageReference(name) }))
    .filter(({ reference }) => !isBuiltLocally(reference));
}

/** The images a stack runs, in the order of config/products/images.ts. The program itself is asked; no engine or secret is needed. */
export async function neededImages(config: StackConfig): Promise<NeededImage[]> {
  const settings = toSettings(config, { requireSecrets: false });
  const missing = missingSecretNeeds(settings, config.secrets).map(({ key }) => key);
  const whole = { ...config, secrets: new Set([...config.secrets, ...missing]) };
  const references = new Set(imageReferences(await registerResources(whole, (key) => `placeholder-${key}`)));
  return [...imageNames(settings)]
    .filter(([reference]) => references.has(reference))
    .map(([reference, name]) => ({ name, reference }));
}

/** Name of each image by the reference that these settings make of it. */
export function imageNames({ images: overrides }: Settings): Map<string, ImageName> {
  return new Map(
    (Object.keys(images) as ImageName[]).map((name) => [
      imageReference(name, overrides[name] ?? {}, overrides.mirror),
      name,
    ]),
  );
}

/** The references in registered containers and pods, wherever they stand. */
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
