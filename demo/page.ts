/** Escapes text for HTML, including double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

export interface PageOptions {
  readonly title: string;
  /** One line under the title. */
  readonly subtitle: string;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  /** HTML content. */
  readonly content: string;
  /** Page-specific CSS. */
  readonly style: string;
  readonly script: string;
}

/** Renders a page in the demo's design, with light and dark mode and no external resources. */
export function renderPage({ title, subtitle, links, content, style, script }: PageOptions): string {
  const anchors = links.map((link) => `<a href="${escapeHtml(link.url)}">${escapeHtml(link.title)}</a>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · White Room demo</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${baseStyle}${style}</style>
</head>
<body>
<header>
<div><h1>${escapeHtml(title)}</h1><p>${escapeHtml(subtitle)}</p></div>
<nav>${anchors}</nav>
</header>
<main>${content}</main>
<script>${script}</script>
</body>
</html>
`;
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#4353c9"/><path d="M3.5 8.5v-1M6.5 11V5M9.5 12V4M12.5 9.5v-3" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/></svg>`;

const baseStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #111318);
  --card: light-dark(#ffffff, #1a1d24);
  --line: light-dark(#dfe2e8, #2c313b);
  --text: light-dark(#1b1e26, #e6e8ee);
  --quiet: light-dark(#5c6370, #9aa2b1);
  --accent: light-dark(#4353c9, #99a5ff);
  --good: light-dark(#1a7f47, #5fd08f);
  --bad: light-dark(#c02b37, #ff8087);
  --warn: light-dark(#8f5b00, #f0b64f);
  --bad-fill: light-dark(#fdeced, #3a1c20);
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem 4rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: end; justify-content: space-between; margin-bottom: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 1rem; margin: 2.25rem 0 .75rem; }
p { margin: .25rem 0 0; color: var(--quiet); }
nav { display: flex; flex-wrap: wrap; gap: .5rem; }
a { color: var(--accent); }
nav a { text-decoration: none; border: 1px solid var(--line); background: var(--card); border-radius: 8px; padding: .35rem .75rem; }
nav a:hover { border-color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
code { font-family: var(--mono); font-size: .875em; }
button, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .35rem .8rem; min-height: 2.25rem; }
button { cursor: pointer; }
button:hover, select:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button:disabled { opacity: .5; cursor: default; }
@media (max-width: 40rem) { body { padding: 1.25rem 1rem 3rem; } header { margin-bottom: 1.25rem; } }
`;
