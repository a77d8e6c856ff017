import { useRef } from "react";

/** A counter that increases when the signature changes. Grafana's graphs rebuild axes and series only if it changes. */
export function useRevision(signature: string): number {
  const last = useRef({ signature, revision: 1 });
  if (last.current.signature !== signature) last.current = { signature, revision: last.current.revision + 1 };
  return last.current.revision;
}
