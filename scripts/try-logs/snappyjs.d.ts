declare module "snappyjs" {
  /** Decompresses a block in the raw format. */
  export function uncompress(block: Uint8Array): Uint8Array;
}
