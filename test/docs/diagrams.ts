import DOMPurify from "dompurify";
import { at, type Block } from "./pages.ts";

// Mermaid cleans labels with this before a browser shows them; parsing needs no browser, and none is here.
Object.assign(DOMPurify, { addHook: () => {}, sanitize: (text: string) => text });
const { default: mermaid } = await import("mermaid");

/** What GitHub's own parser of diagrams says of a block. */
export async function diagramMistakes(block: Block): Promise<string[]> {
  try {
    await mermaid.parse(block.text);
    return [];
  } catch (error) {
    return [at(block, (error as Error).message)];
  }
}
