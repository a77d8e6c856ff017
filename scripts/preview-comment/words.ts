import { dashboardLines, isDashboard } from "./dashboards.ts";
import { changes, describe } from "./differences.ts";
import { lokiFile, otherLokiChanges, pipelineFiles, pipelineLines, retentionLines } from "./logs.ts";
import { code, line } from "./markdown.ts";
import { changedPaths, documentsIn, isSecret, type Rendered } from "./rendered.ts";
import { isRoutingFile, routingLines } from "./routing.ts";
import { alertLines, isRuleFile, recordingLines } from "./rules.ts";
import { otherPrometheusChanges, prometheusFile, scrapeLines } from "./scraping.ts";

/** Changes of one subject, one line each. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Summarizes the changes between two rendered stacks. Omits unchanged subjects. */
export function sections(before: Rendered, after: Rendered): Section[] {
  return [
    { title: "Alerts", lines: alertLines(before, after) },
    { title: "Recording rules", lines: recordingLines(before, after) },
    { title: "Routes and receivers", lines: routingLines(before, after) },
    { title: "Scrape targets", lines: scrapeLines(before, after) },
    { title: "Retention", lines: retentionLines(before, after) },
    { title: "Dashboards", lines: dashboardLines(before, after) },
    { title: "Log pipeline", lines: pipelineLines(before, after) },
    { title: "Other files", lines: otherLines(before, after) },
  ].filter(({ lines }) => lines.length > 0);
}

/** Whether a file is covered by its own section or by the effects of the deployment. */
function isDescribed(path: string): boolean {
  return (
    isRuleFile(path) ||
    isRoutingFile(path) ||
    isDashboard(path) ||
    pipelineFiles.includes(path) ||
    path === "compose.yaml" ||
    path.startsWith("kubernetes/")
  );
}

function otherLines(before: Rendered, after: Rendered): string[] {
  return changedPaths(before, after)
    .filter((path) => !isDescribed(path))
    .flatMap((path) => {
      const words = fileChanges(path, before, after);
      return words.length > 0 ? [line(code(path), words)] : [];
    });
}

/** Changes of a file that no other section covers. */
function fileChanges(path: string, before: Rendered, after: Rendered): string[] {
  const [old, now] = [before.get(path), after.get(path)];
  if (old === undefined) return ["added"];
  if (now === undefined) return ["removed"];
  if (isSecret(path)) return ["changed (content not shown)"];
  if (path === prometheusFile) return otherPrometheusChanges(before, after);
  if (path === lokiFile) return otherLokiChanges(before, after);
  if (!/\.(?:ya?ml|json)$/.test(path)) return ["changed"];
  const settings = changes(documentsIn(old)[0], documentsIn(now)[0]).map(describe);
  return settings.length > 0 ? settings : ["changed"];
}
