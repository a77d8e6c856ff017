import { useSyncExternalStore } from "react";

/** What the URL says: Grafana's own paths and parameters. */
export interface Place {
  readonly uid: string | undefined;
  readonly parameters: URLSearchParams;
}

const changed = "viewer:location";

/** The current place; the component renders again when it changes. */
export function usePlace(): Place {
  const href = useSyncExternalStore(subscribe, () => location.href);
  const { pathname, searchParams } = new URL(href);
  return { uid: /^\/d\/([\w-]+)/.exec(pathname)?.[1], parameters: searchParams };
}

function subscribe(notify: () => void): () => void {
  addEventListener("popstate", notify);
  addEventListener(changed, notify);
  return () => {
    removeEventListener("popstate", notify);
    removeEventListener(changed, notify);
  };
}

/** Goes to another place without loading the page again. */
export function go(href: string): void {
  history.pushState(null, "", href);
  dispatchEvent(new Event(changed));
}

/** Sets parameters of the current place; `undefined` removes one. */
export function setParameters(values: Readonly<Record<string, string | readonly string[] | undefined>>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    url.searchParams.delete(name);
    for (const each of value === undefined ? [] : [value].flat()) url.searchParams.append(name, each);
  }
  go(url.href);
}

/** Values of `var-<name>` by name. */
export function chosenVariables(parameters: URLSearchParams): Map<string, string[]> {
  const chosen = new Map<string, string[]>();
  for (const [key, value] of parameters) {
    const name = /^var-(.+)$/.exec(key)?.[1];
    if (name !== undefined) chosen.set(name, [...(chosen.get(name) ?? []), value]);
  }
  return chosen;
}

/** Makes plain clicks on links between dashboards change the place instead of loading the page again. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || event.defaultPrevented || event.button !== 0) return;
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey ||
      (link.target !== "" && link.target !== "_self")
    )
      return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !/^\/($|d\/)/.test(url.pathname)) return;
    event.preventDefault();
    go(url.href);
    scrollTo(0, 0);
  });
}
