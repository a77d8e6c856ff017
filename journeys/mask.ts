import { isSecretField, isSecretValue } from "../config/settings/secret-words.ts";

const hidden = "***";

/** Maximum number of bytes of a body to log. */
const logged = 2_048;

/** A field with its value in JSON, a form, a query or a header. The last value may have been cut off. */
const field =
  /(["']?)\b([\w-]{1,64})\1(\s{0,8}[=:]\s{0,8})("(?:[^"\\]|\\.)*(?:"|\\?$)|'[^']*(?:'|$)|[^\s"'&,;{}<[\]]+)/g;
const element = /<([\w:-]{1,64})>([^<]+)/g;

/** Hides the values, including in the encodings that a server may return them in: JSON, URL, form and Base64. */
export function mask(text: string, values: Iterable<string>): string {
  const forms = [...values].flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ "": value }).toString().slice(1),
    Buffer.from(value).toString("base64"),
  ]);
  // Longest first, because a value may contain another.
  return [...new Set(forms)]
    .filter((form) => form !== "")
    .sort((a, b) => b.length - a.length)
    .reduce((masked, form) => masked.replaceAll(form, hidden), text);
}

/** The beginning of a body. Hides the given values, and fields whose name or value looks like a credential. */
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
