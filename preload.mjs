// Node loads this file before Pulumi, as Pulumi.yaml says; a Node that is too old for TypeScript can still read it.
import module from "node:module";
import { neededNode, runsTypeScript } from "./node-version.mjs";

if (!runsTypeScript()) {
  console.error(
    `Node ${neededNode}, is required; found ${process.versions.node}. Run \`npm run render -- -h\` to download it, then \`export PATH="$PWD/.tools/node/bin:$PATH"\`.`,
  );
  process.exit(1);
}

// Compiles Pulumi's own modules once rather than in every preview.
module.enableCompileCache();
