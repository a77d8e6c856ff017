import { Alert, Dropdown, Menu, ToolbarButton } from "@grafana/ui";
import { useEffect, useState } from "react";
import type { Dashboard } from "../shared/dashboard.ts";
import { problemsOf } from "../shared/supported.ts";
import { AlertCount } from "./alert-count.tsx";
import { loadDashboard, loadStack, type Stack } from "./api.ts";
import { DashboardView } from "./dashboard.tsx";
import { knowsUnit } from "./fields.ts";
import { usePageLocation } from "./location.ts";
import { ThemeButton } from "./toolbar.tsx";

/** The page: header, preview note, and the dashboard in the URL, or the first one. */
export function Page({ isDark }: { isDark: boolean }) {
  const { uid } = usePageLocation();
  const [revision, setRevision] = useState(0);
  const stack = useLoaded(loadStack, revision);
  const wanted = uid ?? stack.value?.dashboards[0]?.uid;
  const dashboard = useLoaded<Dashboard | undefined>(
    async () => (wanted === undefined ? undefined : loadDashboard(wanted)),
    `${wanted} ${revision}`,
  );
  useReload(stack.value?.reloads === true, () => setRevision((last) => last + 1));
  const shown = dashboard.value?.uid === wanted ? dashboard.value : undefined;
  useEffect(() => {
    document.title = shown === undefined ? "Dashboards" : `${shown.title} - Dashboards`;
  }, [shown]);
  const problems = shown === undefined ? [] : problemsOf(`${shown.uid}.json`, shown, knowsUnit);
  return (
    <>
      <header className="viewer-header">
        <h1>{shown?.title ?? "Dashboards"}</h1>
        <span className="viewer-gap" />
        {stack.value && <AlertCount stack={stack.value} />}
        {stack.value && <DashboardMenu stack={stack.value} />}
        <ThemeButton isDark={isDark} />
      </header>
      <p className="viewer-preview" role="note">
        This is a preview without a Grafana server. For Explore, editing, users and sign-in, alert rules and silences,
        use Grafana.
      </p>
      {[...(stack.value?.problems ?? []), ...problems].map((problem) => (
        <Alert key={problem} severity="warning" title={problem} />
      ))}
      {stack.error && <Alert severity="error" title={`Cannot list the dashboards: ${stack.error}`} />}
      {dashboard.error && <Alert severity="error" title={dashboard.error} />}
      {stack.value?.dashboards.length === 0 && <Alert severity="info" title="The folder contains no dashboards." />}
      {shown && stack.value && <DashboardView key={shown.uid} dashboard={shown} stack={stack.value} />}
    </>
  );
}

function DashboardMenu({ stack }: { stack: Stack }) {
  const menu = (
    <Menu>
      {stack.dashboards.map(({ uid, title }) => (
        <Menu.Item key={uid} label={title} url={`/d/${uid}`} />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu} placement="bottom-end">
      <ToolbarButton icon="apps" variant="canvas" aria-label="All dashboards" isOpen={false}>
        Dashboards
      </ToolbarButton>
    </Dropdown>
  );
}

/** Runs a loader again when the key changes. Keeps the last value meanwhile. */
function useLoaded<T>(load: () => Promise<T>, key: unknown): { value?: T; error?: string } {
  const [result, setResult] = useState<{ value?: T; error?: string }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key represents the inputs of the loader
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (value) => isCurrent && setResult({ value }),
      (error: Error) => isCurrent && setResult({ error: error.message }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return result;
}

/** Calls back when a dashboard file has changed. */
function useReload(isOn: boolean, callback: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the callback only sets state
  useEffect(() => {
    if (!isOn) return;
    const events = new EventSource("/api/changes");
    events.addEventListener("change", callback);
    return () => events.close();
  }, [isOn]);
}
