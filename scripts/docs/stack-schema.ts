import { z } from "zod";
import { schema } from "../../config/settings/schema.ts";
import { fixedSecrets, targetSecretPattern } from "../../config/settings/secrets.ts";
import { project } from "../../config/settings/stack-file.ts";

/** What the engine writes for `pulumi config set --secret`. */
const secure = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
};

/** A JSON Schema of `Pulumi.<stack>.yaml`, with which editors complete and check its keys. */
export function stackSchema(): string {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const own = Object.entries(properties).map(([key, value]) => [`${project}:${key}`, value]);
  const secrets = Object.entries(fixedSecrets).map(([key, description]) => [
    `${project}:${key}`,
    { description: `Secret: ${description}.`, ...secure },
  ]);
  const document = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack file of white-room-monitoring",
    description: "Written by `npm run docs` from config/settings/schema.ts. Do not edit.",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries([...own, ...secrets]),
        patternProperties: { [targetSecretPattern.source.replace("^", `^${project}:`)]: secure },
        // Other projects' and providers' keys, such as kubernetes:context, are free.
        propertyNames: {
          anyOf: [
            { enum: [...own, ...secrets].map(([key]) => key) },
            { pattern: targetSecretPattern.source.replace("^", `^${project}:`) },
            { not: { pattern: `^${project}:` } },
          ],
        },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
