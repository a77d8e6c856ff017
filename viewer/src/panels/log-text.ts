/** Terminal escape sequences, and control characters except tab and line feed. */
const control =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Bidirectional control characters, which could disguise a line. */
const direction = /[\u202a-\u202e\u2066-\u2069]/g;

/** Longer lines are truncated. */
const maxLength = 4000;

/** Removes control characters from a log line and truncates it. React escapes HTML. */
export function logText(line: string): string {
  const text = line.replace(control, "").replace(direction, "");
  return text.length > maxLength ? `${text.slice(0, maxLength)} … (${text.length - maxLength} more characters)` : text;
}
