import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { type DockerHost, hostSettings } from "../../scripts/start/host-settings.ts";
import { stackConfig } from "../components/stack.ts";

const usual: DockerHost = {
  apiVersion: "1.41",
  endpoint: "unix:///var/run/docker.sock",
  dataDirectory: "/var/lib/docker",
  securityOptions: ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
  exists: () => false,
};

function found(
  host: Partial<DockerHost>,
  changed: Record<string, unknown> = {},
  stack: "sandbox" | "prod" = "sandbox",
) {
  const settings = toSettings(stackConfig(stack, changed), { requireSecrets: false });
  return Object.fromEntries(hostSettings(settings, { ...usual, ...host }));
}

test("a usual Docker host needs no settings", () => {
  assert.deepEqual(found({}), {});
  assert.deepEqual(found({ endpoint: "unix:///run/docker.sock" }), {});
});

test("a newer engine checks more often during start-up", () => {
  assert.deepEqual(found({ apiVersion: "1.51" }), { "docker.startInterval": "1s" });
});

test("rootless Docker has its own socket and data directory", () => {
  assert.deepEqual(
    found({
      endpoint: "unix:///run/user/1000/docker.sock",
      dataDirectory: "/home/ada/.local/share/docker",
      securityOptions: ["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"],
    }),
    { "docker.socket": "/run/user/1000/docker.sock", "docker.dataDirectory": "/home/ada/.local/share/docker" },
  );
  assert.deepEqual(
    found({ endpoint: "unix:///home/ada/.docker/run/docker.sock", securityOptions: ["name=rootless"] }),
    { "docker.socket": "/home/ada/.docker/run/docker.sock" },
  );
});

test("Docker from a snap has its own data directory", () => {
  assert.deepEqual(found({ dataDirectory: "/var/snap/docker/common/var-lib-docker" }), {
    "docker.dataDirectory": "/var/snap/docker/common/var-lib-docker",
  });
});

test("Podman's socket is used", () => {
  assert.deepEqual(found({ endpoint: "unix:///run/podman/podman.sock" }), {
    "docker.socket": "/run/podman/podman.sock",
  });
});

test("a daemon in a VM or on another host uses the usual socket there", () => {
  for (const endpoint of [
    "unix:///Users/ada/.docker/run/docker.sock",
    "unix:///home/ada/.docker/desktop/docker.sock",
    "unix:///Users/ada/.colima/default/docker.sock",
    "ssh://ada@build-1",
    "tcp://10.0.0.9:2376",
  ]) {
    assert.deepEqual(found({ endpoint }), {}, endpoint);
  }
});

test("a daemon with SELinux gets the type that can read from the host", () => {
  assert.deepEqual(found({ securityOptions: ["name=seccomp,profile=builtin", "name=selinux"] }), {
    "docker.seLinuxType": "spc_t",
  });
});

test("with the demo, a volatile journal is read at its path", () => {
  const enabled = { logs: { collector: "promtail", sources: { journal: { enabled: true } } } };
  const exists = (path: string) => path === "/run/log/journal";
  assert.deepEqual(found({ exists }, enabled), { "logs.sources.journal.path": "/run/log/journal" });
  assert.deepEqual(found({ exists: () => true }, enabled), {});
  assert.deepEqual(found({ exists: undefined }, enabled), {});
  assert.deepEqual(found({ exists }), {});
});

test("settings of the stack file are kept", () => {
  const docker = {
    startInterval: "2s",
    socket: "/srv/docker.sock",
    dataDirectory: "/srv/docker",
    seLinuxType: "container_logreader_t",
  };
  const host = {
    apiVersion: "1.51",
    endpoint: "unix:///run/user/1000/docker.sock",
    dataDirectory: "/home/ada/docker",
    securityOptions: ["name=rootless", "name=selinux"],
  };
  assert.deepEqual(found(host, { docker }), {});
});

test("on Kubernetes, nothing depends on the Docker host", () => {
  assert.deepEqual(found({ apiVersion: "1.51", securityOptions: ["name=selinux"] }, {}, "prod"), {});
});
