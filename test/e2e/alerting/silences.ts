/** Silences the alerts that have a label's value for an hour; returns the silence's id. */
export async function postSilence(name: string, value: string): Promise<string> {
  const answer = await fetch("http://127.0.0.1:9093/api/v2/silences", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      matchers: [{ name, value, isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: "test",
      comment: "test",
    }),
  });
  return ((await answer.json()) as { silenceID: string }).silenceID;
}

export async function silenceState(id: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:9093/api/v2/silence/${id}`);
  return ((await answer.json()) as { status: { state: string } }).status.state;
}

export async function expireSilences(): Promise<void> {
  const silences = (await (await fetch("http://127.0.0.1:9093/api/v2/silences")).json()) as {
    id: string;
    status: { state: string };
  }[];
  for (const { id, status } of silences) {
    if (status.state === "expired") continue;
    await fetch(`http://127.0.0.1:9093/api/v2/silence/${id}`, { method: "DELETE" });
  }
}
