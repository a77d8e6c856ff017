export const sampleIds = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };

/** A sample line with this time and the sample IDs in place of its placeholders. */
export function sampleLine(line: string, time: Date): string {
  const iso = time.toISOString();
  const space = iso.slice(0, 19).replace("T", " ");
  const values: Readonly<Record<string, string>> = {
    ...sampleIds,
    iso,
    space,
    comma: `${space},${iso.slice(20, 23)}`,
    swift: iso.slice(0, 19),
    offset: `${new Date(time.getTime() + 5.75 * 3_600_000).toISOString().slice(0, 23)}+05:45`,
    epoch: String(time.getTime() / 1000),
    ms: String(time.getTime()),
    ns: `${time.getTime()}000000`,
    klog: iso.slice(5, 10).replace("-", ""),
  };
  return line.replaceAll(/\{(\w+)\}/g, (written, name) => values[name] ?? written);
}
