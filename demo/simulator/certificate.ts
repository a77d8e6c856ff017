import { rename, writeFile } from "node:fs/promises";
import { generate } from "selfsigned";
import { demoSite } from "../../config/white-room/demo-site.ts";
import type { Faults } from "./faults.ts";

const day = 86_400_000;
const validFor = 90 * day;
const expiresSoon = 2 * day;

/**
 * Writes a new self-signed certificate of the public site, followed by its key, to a file: at startup, every day, and when
 * the fault `certificate` starts or ends. Nginx reads the file at each handshake. Returns a function that stops it.
 */
export async function keepCertificate(file: string | undefined, faults: Faults): Promise<() => void> {
  if (file === undefined) return () => undefined;
  const write = async () => {
    const validity = faults.isActive("certificate") ? expiresSoon : validFor;
    const { cert, private: key } = await generate([{ name: "commonName", value: demoSite.host }], {
      keyType: "ec",
      algorithm: "sha256",
      notAfterDate: new Date(Date.now() + validity),
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: demoSite.host }] }],
    });
    // Renamed, so that Nginx never reads a partial file.
    await writeFile(`${file}.new`, `${cert}\n${key}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  const rewrite = () =>
    void write().catch((error: Error) => process.stderr.write(`simulator: no new certificate: ${error.message}\n`));
  await write();
  faults.onChange(({ name }) => name === "certificate" && rewrite());
  const timer = setInterval(rewrite, day);
  return () => clearInterval(timer);
}
