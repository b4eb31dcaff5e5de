/** What the index takes for a word; the rest of what people type is never shown to FTS5, so nothing of it can be an operator. */
const WORDS = /[\p{L}\p{M}\p{N}\p{So}]+/gu;

/**
 * How many of the typed words are searched for; the others are ignored. Each word makes the tree of FTS5's query deeper, and FTS5 refuses a tree
 * that is deeper than 256.
 */
const MAX_WORDS = 100;

/**
 * Makes an FTS5 query (https://sqlite.org/fts5.html#full_text_query_syntax) for notes that have every typed word, or a word that begins
 * with it.
 * @returns `undefined` when nothing was typed that can be searched for.
 */
export function toMatch(typed: string): string | undefined {
  const words = typed.match(WORDS)?.slice(0, MAX_WORDS);
  return words?.map(word => `"${word}"*`).join(' ');
}

/** Stand before and after what was found; nobody types them. */
export const FOUND_START = '\u0002';
export const FOUND_END = '\u0003';
