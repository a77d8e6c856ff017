import { textUtil } from "@grafana/data";
import type { Link } from "../shared/dashboard.ts";
import { fromRange } from "./range-words.ts";
import { allParameters, inText, type Scope } from "./scope.ts";

export interface ResolvedLink {
  readonly title: string;
  readonly href: string;
  readonly newTab: boolean;
}

/** Resolves the variables and the time range of a dashboard or panel link. Sanitizes script URLs. */
export function resolveLink(link: Link, scope: Scope): ResolvedLink {
  let href = inText(link.url ?? "", scope);
  if (link.includeVars === true) href = withQuery(href, allParameters(scope));
  if (link.keepTime === true) href = withQuery(href, new URLSearchParams(fromRange(scope.range)).toString());
  return { title: inText(link.title, scope), href: textUtil.sanitizeUrl(href), newTab: link.targetBlank === true };
}

/** URL of a dashboard, with the time range of a scope. */
export function dashboardHref(uid: string, scope: Scope | undefined): string {
  const href = `/d/${uid}`;
  return scope === undefined ? href : withQuery(href, new URLSearchParams(fromRange(scope.range)).toString());
}

function withQuery(href: string, query: string): string {
  return query === "" ? href : `${href}${href.includes("?") ? "&" : "?"}${query}`;
}
