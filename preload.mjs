// Node loads this file before Pulumi, as Pulumi.yaml says; a Node that is too old for TypeScript can still read it.
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Node 22.18 or newer is needed, and this is ${process.versions.node}: \`npm run render -- -h\` fetches one, then write \`export PATH="$PWD/.tools/node/bin:$PATH"\`.`,
  );
  process.exit(1);
}

// Pulumi's own modules are compiled once, and not in every preview.
module.enableCompileCache();
