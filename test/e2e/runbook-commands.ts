import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../../scripts/lib/run-command.ts";
import { root } from "./sandbox/sandbox.ts";

const folder = join(root, "runbooks");

/** Fenced blocks of the runbooks, each with the line before it, which names the platform of a command. */
export function blocks(language: string): { file: string; before: string; body: string }[] {
  const fence = new RegExp(`^(.*)\\n\\n? *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gm");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(fence)].map(([, before = "", body = ""]) => ({
        file,
        before,
        body: body.replaceAll(/^ +/gm, ""),
      })),
    );
}

/** Containers that run only in the suite of this name. */
const parts = { tracing: "white-room-dev-jaeger", "long-term": "white-room-dev-thanos-" } as const;

/** Commands that read every file of the machine. */
const slow = /^(?:find|du) /;

/** Commands for Docker that name a container of this part; without a part, all other commands. */
export function dockerCommands(part?: keyof typeof parts): { file: string; line: string }[] {
  return blocks("sh")
    .filter(({ before, body }) => !before.includes("On Kubernetes") && !body.includes("kubectl "))
    .flatMap(({ file, body }) =>
      body
        .replaceAll("\\\n", "")
        .trim()
        .split("\n")
        .map((line) => ({ file, line })),
    )
    .filter(({ line }) => line.trim() !== "" && !line.startsWith("#") && !slow.test(line))
    .filter(({ line }) =>
      part === undefined
        ? Object.values(parts).every((container) => !line.includes(container))
        : line.includes(parts[part]),
    );
}

/** Errors of the shell, Docker and the programs in containers, as opposed to errors in logs that a command prints. */
const complaints = /command not found|No such container|Error response from daemon|unknown (?:flag|shorthand|command)/i;

/** Runs each command on the sandbox as if pasted. Returns those that fail, each with its exit code and output. */
export async function failedCommands(commands: readonly { file: string; line: string }[]): Promise<string[]> {
  const failures: string[] = [];
  for (const { file, line } of commands) {
    const here = line.replaceAll("white-room-dev", "white-room-sandbox");
    const { code, output } = await tryRun("bash", ["-c", here], { cwd: root, timeout: 600_000 });
    if (code !== 0 || complaints.test(output)) failures.push(`${file}: ${line}\n  ${code}: ${output.slice(0, 300)}`);
  }
  return failures;
}
