/** Base path of icons and fonts in Grafana's components. */
const publicPath = "/public/";

/** Fonts that must be loaded before Grafana measures text; otherwise text is truncated. */
const fonts = [
  ["Inter", "400", "inter/Inter-Regular.woff2"],
  ["Inter", "500", "inter/Inter-Medium.woff2"],
] as const;

declare global {
  interface Window {
    __grafana_public_path__?: string;
  }
}

/** Must run before Grafana's components are rendered. */
export function setPublicPath(): void {
  window.__grafana_public_path__ = publicPath;
}

export async function loadFonts(): Promise<void> {
  const faces = fonts.map(
    ([family, weight, file]) => new FontFace(family, `url(${publicPath}build/fonts/${file})`, { weight }),
  );
  for (const face of faces) document.fonts.add(face);
  await Promise.all(faces.map((face) => face.load()));
}
