import { isSecretField, isSecretValue } from "../config/settings/secret-words.ts";

const hidden = "***";

/** Most of a body that is logged. */
const logged = 2_048;

/** A field with its value in JSON, a form, a query or a header. The last value may have been cut off. */
const field =
  /(["']?)\b([\w-]{1,64})\1(\s{0,8}[=:]\s{0,8})("(?:[^"\\]|\\.)*(?:"|\\?$)|'[^']*(?:'|$)|[^\s"'&,;{}<[\]]+)/g;
const element = /<([\w:-]{1,64})>([^<]+)/g;

/** Hides these values, in every encoding a server may send them back in. */
export function mask(text: string, values: Iterable<string>): string {
  const forms = [...values].flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ "": value }).toString().slice(1),
    Buffer.from(value).toString("base64"),
  ]);
  // The longest first, because one may contain another.
  return [...new Set(forms)]
    .filter((form) => form !== "")
    .sort((a, b) => b.length - a.length)
    .reduce((masked, form) => masked.replaceAll(form, hidden), text);
}

/** The beginning of a body without the given values, and without what its fields' names or form show to be a credential. */
export function maskedBody(body: string, values: Iterable<string>): string {
  const masked = mask(body, values)
    .slice(0, 2 * logged)
    .replaceAll(field, (whole, quote: string, name: string, between: string, value: string) =>
      isSecretField(name) || isSecretValue(value.replace(/^["']/, ""))
        ? `${quote}${name}${quote}${between}${/^["']/.test(value) ? `"${hidden}"` : hidden}`
        : whole,
    )
    .replaceAll(element, (whole, name: string) => (isSecretField(name) ? `<${name}>${hidden}` : whole));
  const bytes = Buffer.from(masked);
  return bytes.length <= logged ? masked : bytes.subarray(0, logged).toString().replace(/�$/, "");
}
