/** Describes why a server is not reachable; undefined if it responds as expected. */
export async function whyUnreachable(
  url: string,
  accept: (status: number) => boolean = (status) => status < 400,
): Promise<string | undefined> {
  try {
    const { status } = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(5_000) });
    return accept(status) ? undefined : `${url} answered ${status}`;
  } catch (error) {
    const { message, name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    const reason = name === "TimeoutError" ? "no answer within 5 s" : (cause?.code ?? cause?.message ?? message);
    return `${new URL(url).host} cannot be reached (${reason})`;
  }
}
