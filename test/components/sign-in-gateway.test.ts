import assert from "node:assert/strict";
import { test } from "node:test";
import bcrypt from "bcryptjs";
import { renderAccounts } from "../../config/products/sign-in-gateway/accounts.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const config = stackConfig("dev", { network: { gateway: { enabled: true, users: ["alice", "bob"] } } }, [
  "gatewayPassword-alice",
  "gatewayPassword-bob",
]);
const resources = await registered(config);
const containers = resources.filter(({ type }) => type.endsWith(":Container"));

test("only the gateway and the ports for syslog and spans are published", () => {
  const published = containers.flatMap(({ name, inputs }) =>
    ((inputs["ports"] ?? []) as { external: number; protocol: string }[]).map(
      ({ external, protocol }) => `${name} ${external}/${protocol}`,
    ),
  );
  assert.deepEqual(published.sort(), [
    "collector 1514/tcp",
    "collector 4317/tcp",
    "collector 4318/tcp",
    "jaeger 14250/tcp",
    "jaeger 14268/tcp",
    "jaeger 5778/tcp",
    "jaeger 9411/tcp",
    "sign-in-gateway 443/tcp",
  ]);
});

test("all URLs lead through the gateway", () => {
  const commands = containers.map(({ inputs }) => JSON.stringify([inputs["command"], inputs["envs"]])).join("\n");
  for (const setting of [
    "--web.external-url=https://localhost/prometheus",
    "--web.external-url=https://localhost/alertmanager",
    "GF_SERVER_ROOT_URL=https://localhost/",
    "GF_SECURITY_COOKIE_SECURE=true",
    "GF_SERVER_ENFORCE_DOMAIN=true",
  ])
    assert.ok(commands.includes(setting), setting);
  assert.doesNotMatch(commands, /http:\/\/localhost:(?:9090|9093|3000)/);
  // The gateway sends this header, except with the internal CA.
  assert.doesNotMatch(commands, /STRICT_TRANSPORT_SECURITY=/);
});

test("passwords are only in a secret file, hashed; the same passwords result in the same file", async () => {
  assert.ok(!JSON.stringify(resources).includes(`${canary}-gatewayPassword`));
  const carrier = containers.find(({ name }) => name === "sign-in-gateway-secrets");
  assert.equal(carrier?.secret, true);
  const [accounts] = (carrier?.inputs["uploads"] ?? []) as { content: string }[];
  const lines = (accounts?.content ?? "").trim().split("\n");
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["alice", "bob"],
  );
  for (const line of lines) {
    const [user, hash = ""] = line.split(" ");
    assert.ok(bcrypt.compareSync(`${canary}-gatewayPassword-${user}`, hash), user);
  }
  const again = (await registered(config)).find(({ name }) => name === "sign-in-gateway-secrets");
  assert.deepEqual(again?.inputs["uploads"], carrier?.inputs["uploads"]);
});

test("users with the same password, and stacks with the same user, have different hashes", () => {
  const hashes = [
    renderAccounts(
      new Map([
        ["alice", "same-password"],
        ["bob", "same-password"],
      ]),
      "one stack",
    ),
    renderAccounts(new Map([["alice", "same-password"]]), "another stack"),
  ]
    .join("")
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[1]);
  assert.equal(new Set(hashes).size, 3);
  assert.match(hashes[0] ?? "", /^\$2b\$10\$.{53}$/);
});

test("without network.gateway there is no gateway", async () => {
  assert.ok(!JSON.stringify(await registered(stackConfig("dev"))).includes("sign-in-gateway"));
});
