import { useRef } from "react";

/** A number that grows whenever the signature changes: Grafana's graphs build their axes and series anew then, and only then. */
export function useRevision(signature: string): number {
  const last = useRef({ signature, revision: 1 });
  if (last.current.signature !== signature) last.current = { signature, revision: last.current.revision + 1 };
  return last.current.revision;
}
