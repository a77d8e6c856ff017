/** Where Grafana's components look for icons and fonts. */
const publicPath = "/public/";

/** Fonts that Grafana measures texts with before it draws them; with another one they would be cut off. */
const fonts = [
  ["Inter", "400", "inter/Inter-Regular.woff2"],
  ["Inter", "500", "inter/Inter-Medium.woff2"],
] as const;

declare global {
  interface Window {
    __grafana_public_path__?: string;
  }
}

/** Must run before Grafana's components do. */
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
