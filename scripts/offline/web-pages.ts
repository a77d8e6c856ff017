import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { run } from "../lib/run-command.ts";
import type { Completion } from "./go-build.ts";

const pnpm = "pnpm@10.34.9";

/** Prometheus' web UI, built from the sources and the lock file in the module. */
export const prometheusPages: Completion = {
  name: `pages built with ${pnpm}`,
  async complete(moduleFolder) {
    const folder = join(moduleFolder, "web", "ui");
    // The old UI: a separate workspace with hundreds of packages.
    await rm(join(folder, "react-app"), { recursive: true, force: true });
    const scoped = (name: string) => `--filter=@prometheus-io/${name}`;
    const call = (args: readonly string[]) =>
      run("npx", ["--yes", pnpm, ...args], { cwd: folder, env: { CI: "true" } });
    await call(["install", "--frozen-lockfile", "--ignore-scripts", scoped("mantine-ui...")]);
    await call([scoped("lezer-promql"), scoped("codemirror-promql"), "run", "build"]);
    await call([scoped("mantine-ui"), "exec", "vite", "build"]);
    await cp(join(folder, "mantine-ui", "dist"), join(folder, "static", "mantine-ui"), { recursive: true });
    await writeFile(
      join(folder, "embed.go"),
      '//go:build builtinassets\n\npackage ui\n\nimport "embed"\n\n//go:embed static\nvar EmbedFS embed.FS\n',
    );
    // Go would search these directories for packages.
    await rm(join(folder, "node_modules"), { recursive: true, force: true });
    await rm(join(folder, "mantine-ui"), { recursive: true, force: true });
    await rm(join(folder, "module"), { recursive: true, force: true });
  },
};

const noPages = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Alertmanager</title>
<h1>Alertmanager without its pages</h1>
<p>The sandbox builds Alertmanager from its module, which leaves the web pages out, and their compiler (Elm) is in no
package registry that the sandbox may use. The API works: <a href="api/v2/alerts">alerts</a>,
<a href="api/v2/alerts/groups">groups</a>, <a href="api/v2/silences">silences</a>, <a href="api/v2/status">status</a>.</p>
</html>
`;

/** Placeholder for Alertmanager's web UI; Alertmanager does not compile without one. */
export const alertmanagerPages: Completion = {
  name: noPages,
  async complete(moduleFolder) {
    const folder = join(moduleFolder, "ui", "app", "dist");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "index.html.gz"), gzipSync(noPages));
    await writeFile(join(folder, "index.html.br"), brotliCompressSync(noPages));
  },
};
