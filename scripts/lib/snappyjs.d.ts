declare module "snappyjs" {
  /** Compresses into a block in the raw format. */
  export function compress(bytes: Uint8Array): Uint8Array;
  /** Decompresses a block in the raw format. */
  export function uncompress(block: Uint8Array): Uint8Array;
}
