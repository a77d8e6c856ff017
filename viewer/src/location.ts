import { useSyncExternalStore } from "react";

/** Dashboard and parameters in the URL, in Grafana's format. */
export interface PageLocation {
  readonly uid: string | undefined;
  readonly parameters: URLSearchParams;
}

const changeEvent = "viewer:location";

/** Returns the current location and re-renders the component when it changes. */
export function usePageLocation(): PageLocation {
  const href = useSyncExternalStore(subscribe, () => location.href);
  const { pathname, searchParams } = new URL(href);
  return { uid: /^\/d\/([\w-]+)/.exec(pathname)?.[1], parameters: searchParams };
}

function subscribe(notify: () => void): () => void {
  addEventListener("popstate", notify);
  addEventListener(changeEvent, notify);
  return () => {
    removeEventListener("popstate", notify);
    removeEventListener(changeEvent, notify);
  };
}

/** Navigates without reloading the page. */
export function navigate(href: string): void {
  history.pushState(null, "", href);
  dispatchEvent(new Event(changeEvent));
}

/** Sets URL parameters; `undefined` removes one. */
export function setParameters(values: Readonly<Record<string, string | readonly string[] | undefined>>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    url.searchParams.delete(name);
    for (const each of value === undefined ? [] : [value].flat()) url.searchParams.append(name, each);
  }
  navigate(url.href);
}

/** Values of the `var-<name>` parameters by name. */
export function chosenVariables(parameters: URLSearchParams): Map<string, string[]> {
  const chosen = new Map<string, string[]>();
  for (const [key, value] of parameters) {
    const name = /^var-(.+)$/.exec(key)?.[1];
    if (name !== undefined) chosen.set(name, [...(chosen.get(name) ?? []), value]);
  }
  return chosen;
}

/** Handles plain clicks on links between dashboards without reloading the page. */
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
    navigate(url.href);
    scrollTo(0, 0);
  });
}
