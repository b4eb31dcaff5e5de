/**
 * What SQL is made of, as SQLite reads it: space and comments, texts and quoted names, words and numbers, parameters, operators. What is left out
 * makes the SQL doubtful: characters outside ASCII that are not quoted (U+FEFF is a space to SQLite), `$name(`, which goes on to the next `)`
 * whatever comes between, and quotes and comments without an end.
 */
const TOKEN =
  /([ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?\*\/)|'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|\w[\w$]*|[$@:](?:[\w$]|::)+(?![\w$:(])|\/(?!\*)|[-+*%&|<>=!~,.?();]/gy;

const READS: ReadonlySet<string> = new Set(['SELECT', 'VALUES']);
const WRITES: ReadonlySet<string> = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE']);

/**
 * Whether SQL certainly does nothing but read, so that nobody need know whether it was run. Only the worker could say it of every statement,
 * but while it runs one it hears nothing. So what is doubtful counts as writing, even if SQLite would refuse it.
 */
export function onlyReads(sql: string): boolean {
  // SQLite ends there, also inside quotes.
  if (sql.includes('\0')) return false;
  let end = 0;
  let depth = 0;
  let begun: 'nothing' | 'with' | 'reading' = 'nothing';
  for (const [token, space] of sql.matchAll(TOKEN)) {
    end += token.length;
    if (space !== undefined) continue;
    const word = token.toUpperCase();
    // Some pragmas act when they are compiled, even after EXPLAIN.
    if (word === 'PRAGMA' || (token === ';' && (depth > 0 || begun === 'with')) || (token === ')' && depth === 0)) return false;
    if (token === ';') begun = 'nothing';
    else if (begun === 'nothing') {
      if (READS.has(word) || word === 'EXPLAIN') begun = 'reading';
      else if (word === 'WITH') begun = 'with';
      else return false;
    } else if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (begun === 'with' && depth === 0) {
      if (WRITES.has(word)) return false;
      if (READS.has(word)) begun = 'reading';
    }
  }
  return end === sql.length && depth === 0 && begun !== 'with';
}
