import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dump, load } from "js-yaml";
import { render } from "../../scripts/render.ts";
import { pathMistakes, shellMistakes } from "./commands.ts";
import { isConfigKey, keyMistakes } from "./config-keys.ts";
import { diagramMistakes } from "./diagrams.ts";
import { brokenLinks } from "./links.ts";
import { assertNone, at, type Block, pages as readPages, root, type Span } from "./pages.ts";
import { logqlMistakes, metricMistakes, promqlMistakes } from "./queries.ts";
import {
  configAbove,
  dockerNameMistakes,
  kubectlMistakes,
  type Names,
  names,
  renderedFile,
  renderedMistakes,
} from "./rendered.ts";
import { diffMistakes, excerptMistakes, jsonMistakes, yamlMistakes } from "./samples.ts";

const pages = readPages();
const blocks = pages.flatMap((page) => page.blocks);
const spans = pages.flatMap((page) => page.spans);
const of = (language: string) => blocks.filter((block) => block.language === language);

/** Problems of each text, with file and line. */
function mistakesIn<Text extends Block | Span>(texts: readonly Text[], check: (text: string) => string[]): string[] {
  return texts.flatMap((text) => check(text.text).map((mistake) => at(text, mistake)));
}

/** Languages whose blocks are parsed; all other blocks are excerpts of files. */
const parsedLanguages = ["promql", "logql", "yaml", "sh", "json", "mermaid", "diff", "text"];

test("every link has a target", () => {
  assertNone(pages.flatMap(brokenLinks));
});

test("every block names its language", () => {
  assertNone(of("").map((block) => at(block, "write the language behind the fence; text, if it is none")));
});

test("PromQL parses and uses only existing metrics and labels", () => {
  assertNone(mistakesIn(of("promql"), promqlMistakes));
});

test("LogQL parses, and selects by labels that log streams have", () => {
  assertNone(mistakesIn(of("logql"), logqlMistakes));
});

test("metrics of White Room in backticks exist", () => {
  assertNone(mistakesIn(spans, metricMistakes));
});

test("shell parses, and uses existing programs, scripts, flags, files and queries", () => {
  assertNone(mistakesIn(of("sh"), shellMistakes));
});

test("commands in backticks are checked like shell blocks", () => {
  const commands = spans.filter(({ text }) =>
    /^(?:npm|\.\/\w+\.sh|node|docker|kubectl|curl|amtool|promtool|pulumi|\.pulumi-local\/pulumi)(?: |$)/.test(text),
  );
  // What the reader fills in stands in angle brackets, and what is left out is an ellipsis.
  assertNone(mistakesIn(commands, (text) => shellMistakes(text.replaceAll(/<[\w -]+>/g, "NAME").replaceAll("…", ""))));
});

test("YAML parses, and stack config is accepted by the schema", () => {
  assertNone(of("yaml").flatMap(yamlMistakes));
});

test("JSON parses", () => {
  assertNone(of("json").flatMap(jsonMistakes));
});

test("diagrams parse", async () => {
  assertNone((await Promise.all(of("mermaid").map(diagramMistakes))).flat());
});

test("the changes that a page describes apply", () => {
  assertNone(pages.flatMap((page) => diffMistakes(page.blocks.filter(({ language }) => language === "diff"))));
});

test("code is an excerpt of a compiled file", () => {
  assertNone(
    blocks.filter(({ language }) => language !== "" && !parsedLanguages.includes(language)).flatMap(excerptMistakes),
  );
});

test("config keys in backticks are keys, with values that the schema accepts", () => {
  assertNone(
    mistakesIn(
      spans.filter(({ text }) => isConfigKey(text)),
      keyMistakes,
    ),
  );
});

test("files and folders in backticks exist", () => {
  assertNone(mistakesIn(spans, pathMistakes));
});

type Values = Readonly<Record<string, object>>;

const folder = mkdtempSync(join(tmpdir(), "white-room-docs-"));
let known: Names;

before(async () => {
  for (const stack of ["dev", "sandbox", "prod"]) await render(stack, join(folder, stack), { withSecrets: false });
  // No stack file has a journey, metrics in object storage, or events of the cluster.
  const journey = { name: "shop", steps: [{ name: "open", request: { url: "https://shop.example" } }] };
  const longTerm = { objectStorage: { endpoint: "s3.example.com", bucket: "metrics" } };
  for (const stack of ["dev", "prod"]) {
    const configFile = join(folder, `journeys-${stack}.yaml`);
    const { config } = load(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: Values };
    const metrics = { ...config["white-room-monitoring:metrics"], longTerm };
    const sources = { events: { enabled: stack === "prod" } };
    const added = {
      "white-room-monitoring:probes": { journeys: [journey] },
      "white-room-monitoring:metrics": metrics,
      "white-room-monitoring:tracing": { enabled: true },
      "white-room-monitoring:logs": { ...config["white-room-monitoring:logs"], sources },
    };
    writeFileSync(configFile, dump({ config: { ...config, ...added } }));
    await render(stack, join(folder, `journeys-${stack}`), { withSecrets: false, configFile });
  }
  const configFile = join(folder, "gateway.yaml");
  const { config } = load(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")) as { config: object };
  const network = { gateway: { enabled: true, users: ["alice"] } };
  writeFileSync(configFile, dump({ config: { ...config, "white-room-monitoring:network": network } }));
  await render("dev", join(folder, "gateway"), { withSecrets: false, configFile });
  const rendered = ["dev", "sandbox", "prod", "journeys-dev", "journeys-prod", "gateway"];
  known = names(rendered.map((stack) => join(folder, stack)));
});
after(() => rmSync(folder, { recursive: true }));

test("containers, volumes and Kubernetes objects have the names that the stacks give them", () => {
  const commands = [...of("sh"), ...spans];
  assertNone([
    ...mistakesIn(commands, (text) => dockerNameMistakes(text, known)),
    ...mistakesIn(of("sh"), (text) => kubectlMistakes(text, known)),
  ]);
});

test("excerpts of rendered files match those files", async () => {
  const mistakes: string[] = [];
  for (const block of of("yaml")) {
    const file = renderedFile(block);
    if (file === undefined) continue;
    const { stack, path } = file;
    if (stack === "above") {
      const configFile = join(folder, "above.yaml");
      writeFileSync(configFile, configAbove(block));
      await render("dev", join(folder, "above"), { withSecrets: false, configFile });
    }
    mistakes.push(...renderedMistakes(block, readFileSync(join(folder, stack, path), "utf8")));
  }
  assertNone(mistakes);
});
