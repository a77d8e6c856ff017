/** Colours, cursor movements and titles of a terminal, and other control characters but tab and line end. */
const control =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Characters that turn the direction of what follows: a line could read as another. */
const direction = /[\u202a-\u202e\u2066-\u2069]/g;

/** Longest part of a line that is shown at once. */
const maxLength = 4000;

/** A log line as harmless text. React escapes the HTML in it. */
export function logText(line: string): string {
  const text = line.replace(control, "").replace(direction, "");
  return text.length > maxLength ? `${text.slice(0, maxLength)} … (${text.length - maxLength} more characters)` : text;
}
