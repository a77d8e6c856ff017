import type { IncomingMessage, ServerResponse } from "node:http";
import {
  addressOf,
  fromAnotherSite,
  type Handler,
  hostsOf,
  isKnownHost,
  readBody,
  send,
  sendJson,
  sendPage,
  sendUnknownHost,
} from "../http-server.ts";
import { attempt } from "./attempt.ts";
import { type Behaviours, parseBehaviour } from "./behaviours.ts";
import { receiveHeartbeat } from "./heartbeat.ts";
import { isNotificationKind, type NotificationKind, type Notifications, notificationKinds } from "./notifications.ts";
import { renderNotificationsPage } from "./notifications-page.ts";
import { receivePagerDuty } from "./pagerduty.ts";
import type { Reception } from "./receiver.ts";
import { receiveSlackMessage, receiveSlackWebhook } from "./slack.ts";
import { receiveTeamsMessage, receiveWebhook } from "./team-endpoints.ts";

export interface SinksHttpOptions {
  readonly notifications: Notifications;
  readonly behaviours: Behaviours;
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

type Fields = Readonly<Record<string, unknown>>;

interface Receiver {
  readonly kind: NotificationKind;
  readonly methods: readonly string[];
  readonly path: RegExp;
  readonly receive: (request: IncomingMessage, path: string, fields: Fields) => Reception;
}

const receivers: readonly Receiver[] = [
  {
    kind: "slack-webhook",
    methods: ["POST"],
    path: /^\/slack\/webhook(\/.+)?$/,
    receive: (_request, path, fields) => receiveSlackWebhook(path, fields),
  },
  {
    kind: "slack-api",
    methods: ["POST"],
    path: /^\/slack\/api\/chat\.(postMessage|update)$/,
    receive: (request, _path, fields) => receiveSlackMessage(request, fields),
  },
  {
    kind: "pagerduty",
    methods: ["POST"],
    path: /^\/pagerduty\/v2\/enqueue$/,
    receive: (_request, _path, fields) => receivePagerDuty(fields),
  },
  {
    kind: "webhook",
    methods: ["POST"],
    path: /^\/webhook\/.+$/,
    receive: (_request, path, fields) => receiveWebhook(path, fields),
  },
  {
    kind: "msteams",
    methods: ["POST"],
    path: /^\/msteams\/.+$/,
    receive: (_request, path, fields) => receiveTeamsMessage(path, fields),
  },
  {
    kind: "heartbeat",
    methods: ["GET", "POST"],
    path: /^\/heartbeat(\/.+)?$/,
    receive: (_request, path, fields) => receiveHeartbeat(path, fields),
  },
];

/** HTTP receivers, the list of notifications, and the behaviour API for tests. */
export function sinksHandler(options: SinksHttpOptions): Handler {
  const hosts = hostsOf(options.links);
  return async (request, response) => {
    if (!isKnownHost(request, hosts)) return sendUnknownHost(response);
    const { pathname } = addressOf(request);
    const method = request.method ?? "GET";
    const receiver = receivers.find((each) => each.path.test(pathname) && each.methods.includes(method));
    const refused = (receiver !== undefined || method !== "GET") && fromAnotherSite(request);
    if (refused) return sendJson(response, 403, { error: "cross-site requests are not allowed" });
    if (receiver !== undefined) return receive(receiver, pathname, request, response, options);
    if (method === "GET" && pathname === "/healthz") return sendJson(response, 200, { status: "ok" });
    if (method === "GET" && pathname === "/") {
      response.writeHead(302, { location: "/notifications" });
      response.end();
      return;
    }
    if (method === "GET" && pathname === "/notifications") return list(request, response, options);
    if (method === "GET" && pathname === "/behaviour") {
      return sendJson(response, 200, { behaviours: options.behaviours.list() });
    }
    if (method === "DELETE" && pathname === "/notifications") {
      options.notifications.clear();
      return sendJson(response, 200, { status: "cleared" });
    }
    const behaviour = /^\/behaviour(?:\/([^/]+))?$/.exec(pathname);
    if (behaviour !== null) return behave(method, behaviour[1], request, response, options);
    sendJson(response, 404, { error: `no such route: ${method} ${pathname}` });
  };
}

async function receive(
  { kind, receive: take }: Receiver,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  { notifications, behaviours }: SinksHttpOptions,
): Promise<void> {
  const fields = parseFields(await readBody(request));
  const status = await behaviours.apply(kind);
  // If the sender timed out during the delay, its notification does not count as delivered.
  if (response.destroyed) return;
  if (status !== undefined) return sendJson(response, status, { error: "rejected as configured" });
  if (fields === undefined) return sendJson(response, 400, { error: "the body is not a JSON object" });
  const taken = attempt(() => take(request, path, fields));
  if (taken === undefined) return sendJson(response, 400, { error: "the notification is malformed" });
  const { notification, contentType, answer, status: code } = taken;
  if (notification !== undefined) notifications.add(notification);
  if (contentType === undefined) return sendJson(response, code, answer);
  send(response, code, contentType, String(answer));
}

/** Parses JSON, whatever the content type, or a form, which Slack also accepts; an empty body has no fields. */
function parseFields(body: string): Fields | undefined {
  if (body.trim() === "") return {};
  try {
    const form = /^[\w.+%-]+=/.test(body) ? Object.fromEntries(new URLSearchParams(body)) : undefined;
    if (form !== undefined && form.payload === undefined) return form;
    const parsed: unknown = JSON.parse(form?.payload ?? body);
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    return isObject && isShallow(parsed) ? (parsed as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value can be serialised again: `JSON.parse` accepts any nesting, but `JSON.stringify` overflows the stack. */
function isShallow(value: object, deepest = 100): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return false;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return true;
}

function list(request: IncomingMessage, response: ServerResponse, { notifications, links }: SinksHttpOptions): void {
  const { searchParams } = addressOf(request);
  const problems: string[] = [];
  const kind = searchParams.get("kind") ?? undefined;
  const since = searchParams.get("since") ?? "0";
  if (kind !== undefined && !isNotificationKind(kind)) {
    problems.push(`kind: ${JSON.stringify(kind)} is not a known kind; use ${notificationKinds.join(", ")}`);
  }
  if (!/^\d{1,15}$/.test(since)) problems.push(`since: ${JSON.stringify(since)} is not a valid id; use a whole number`);
  if (problems.length > 0) {
    sendJson(response, 400, { problems });
    return;
  }
  const known = kind !== undefined && isNotificationKind(kind) ? kind : undefined;
  const found = notifications.list(known, Number(since));
  const wantsJson = searchParams.get("format") === "json" || !(request.headers.accept ?? "").includes("text/html");
  if (wantsJson) sendJson(response, 200, found);
  else sendPage(response, renderNotificationsPage(found, known, links));
}

async function behave(
  method: string,
  kind: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  { behaviours }: SinksHttpOptions,
): Promise<void> {
  if (method === "DELETE") {
    if (kind === undefined) behaviours.endAll();
    else if (!isNotificationKind(kind)) {
      const problem = `kind: ${JSON.stringify(kind)} is not a known receiver; use ${notificationKinds.join(", ")}`;
      return sendJson(response, 400, { problems: [problem] });
    } else behaviours.end(kind);
    return sendJson(response, 200, { behaviours: behaviours.list() });
  }
  if (method !== "POST" || kind === undefined) {
    return sendJson(response, 404, { error: "no such route: GET, DELETE /behaviour; POST, DELETE /behaviour/<kind>" });
  }
  const wanted = parseBehaviour(kind, parseFields(await readBody(request, 10_000)));
  if ("problems" in wanted) return sendJson(response, 400, wanted);
  behaviours.set(wanted.kind, wanted.behaviour);
  sendJson(response, 200, { behaviours: behaviours.list() });
}
