import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import GithubSlugger from "github-slugger";
import type { Nodes } from "mdast";
import { toString as textOf } from "mdast-util-to-string";
import { at, lineOf, type Page, page as read, root } from "./pages.ts";

/** Where the project's own files are on the web; a link there is checked like a link to the file. */
const ownAddress = /^https:\/\/github\.com\/white-room\/white-room-monitoring\/(?:blob|tree)\/main\//;

/** Broken links and invalid URLs of a page. */
export function brokenLinks(page: Page): string[] {
  return linksOf(page).flatMap(({ url, line }) => {
    const mistake = url.startsWith("//") || /^[a-z+]+:/i.test(url) ? external(url) : internal(page, url);
    return mistake === undefined ? [] : [at({ page, line }, mistake)];
  });
}

function linksOf({ nodes }: Page): { url: string; line: number }[] {
  return nodes.flatMap((node) => {
    const line = lineOf(node);
    if (node.type === "link" || node.type === "image" || node.type === "definition") return [{ url: node.url, line }];
    if (node.type !== "html") return [];
    return [...node.value.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, url = ""]) => ({ url, line }));
  });
}

function external(url: string): string | undefined {
  if (ownAddress.test(url)) return own(url.replace(ownAddress, ""));
  if (url.startsWith("mailto:"))
    return /^mailto:[^\s@]+@[^\s@]+$/.test(url) ? undefined : `"${url}" is no e-mail address`;
  const parsed = URL.parse(url);
  if (parsed === null) return `"${url}" is not a valid URL`;
  const local = parsed.hostname === "localhost" || parsed.hostname.endsWith(".internal");
  if (parsed.protocol !== "https:" && !local) return `"${url}" is not https`;
  return local || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(parsed.hostname) ? undefined : `"${url}" has no host`;
}

function own(path: string): string | undefined {
  return existsSync(join(root, path)) ? undefined : `${path} does not exist`;
}

function internal(page: Page, url: string): string | undefined {
  const [path = "", anchor] = decodeURI(url).split("#");
  if (path.startsWith("/")) return `"${url}" begins with "/": GitHub and an editor find it in different places`;
  const file = path === "" ? page.file : relative(root, join(root, dirname(page.file), path));
  if (path !== "" && (file.startsWith("..") || !existsSync(join(root, file)))) {
    return `"${url}" leads to ${file}, which does not exist`;
  }
  if (anchor === undefined) return undefined;
  if (!file.endsWith(".md")) {
    return `"${url}" points into ${file}, whose lines move: name the file alone`;
  }
  const there = path === "" ? page : pageAt(file);
  const headings = anchors(there);
  return headings.includes(anchor)
    ? undefined
    : `"${url}": ${file} has no heading for "#${anchor}"; it has ${headings.join(", ")}`;
}

const known = new Map<string, Page>();

function pageAt(file: string): Page {
  const there = known.get(file) ?? read(file, readFileSync(join(root, file), "utf8"));
  known.set(file, there);
  return there;
}

/** Anchors as GitHub makes them of headings. */
function anchors({ nodes }: Page): string[] {
  const slugger = new GithubSlugger();
  return nodes.filter((node: Nodes) => node.type === "heading").map((heading) => slugger.slug(textOf(heading)));
}
