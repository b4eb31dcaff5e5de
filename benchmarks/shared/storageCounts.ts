/** What a worker asked of the browser under one name since it started. */
export interface StorageCount {
  calls: number;
  /** How long the calls took until they returned, or for promises until they were settled. */
  milliseconds: number;
  /** What was read, written or copied. */
  bytes: number;
}

export type StorageCounts = Record<string, StorageCount>;

/** The channel on which a worker that counts is asked. */
export const COUNTS_CHANNEL = 'storage-counts';
