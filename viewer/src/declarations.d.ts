/** Style sheets, bundled by esbuild. */
declare module "*.css";

declare module "d3-scale-chromatic" {
  /** Color for a number from 0 to 1. */
  export function interpolateOranges(share: number): string;
}
