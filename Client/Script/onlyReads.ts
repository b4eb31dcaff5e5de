/** The parts of SQL that tell what a statement is: texts, quoted names and comments as a whole, words, parentheses, the end of a statement. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\w$\u0080-\uffff]+|[();]/g;

const READS: ReadonlySet<string> = new Set(['SELECT', 'VALUES']);
const WRITES: ReadonlySet<string> = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE']);

/**
 * Whether SQL certainly does nothing but read, so that nobody need know whether it was run. Only the worker could say it of every statement,
 * but while it runs one it hears nothing.
 */
export function onlyReads(sql: string): boolean {
  let depth = 0;
  let begun: 'nothing' | 'with' | 'reading' = 'nothing';
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token.startsWith('--') || token.startsWith('/*')) continue;
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (depth > 0) continue;
    else if (token === ';') begun = 'nothing';
    else if (begun !== 'reading') {
      const word = token.toUpperCase();
      if (READS.has(word) || (begun === 'nothing' && word === 'EXPLAIN')) begun = 'reading';
      else if (begun === 'nothing' ? word !== 'WITH' : WRITES.has(word)) return false;
      else begun = 'with';
    }
  }
  return true;
}
