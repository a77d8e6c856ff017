import "@grafana/react-data-grid/lib/styles.css";
import "./viewer.css";
import { createTheme, ThemeContext } from "@grafana/data";
import { initPluginTranslations } from "@grafana/i18n";
import { GlobalStyles, PortalContainer } from "@grafana/ui";
import { type CSSProperties, useEffect, useMemo } from "react";
import { createRoot } from "react-dom/client";
import { registerFields } from "./fields.ts";
import { loadFonts, setPublicPath } from "./fonts.ts";
import { followLinks, usePageLocation } from "./location.ts";
import { Page } from "./page.tsx";

const storageKey = "viewer:theme";

/** Theme from the URL, else the stored one, else the system's. */
function themeName(parameter: string | null): "dark" | "light" {
  const name = parameter ?? localStorage.getItem(storageKey);
  if (name === "dark" || name === "light") return name;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

function App() {
  const mode = themeName(usePageLocation().parameters.get("theme"));
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  useEffect(() => {
    localStorage.setItem(storageKey, mode);
    document.documentElement.style.background = theme.colors.background.canvas;
  }, [mode, theme]);
  const { colors } = theme;
  const properties = {
    "--canvas": colors.background.canvas,
    "--border": colors.border.weak,
    "--link": colors.text.link,
    "--text": colors.text.primary,
    "--secondary": colors.text.secondary,
    "--primary-border": colors.primary.border,
    "--hover": colors.action.hover,
  } as CSSProperties;
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div className="viewer" data-theme={mode} style={properties}>
        <Page isDark={theme.isDark} />
      </div>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

setPublicPath();
registerFields();
followLinks();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root");
await Promise.all([initPluginTranslations("grafana-ui"), loadFonts()]);
createRoot(root).render(<App />);
