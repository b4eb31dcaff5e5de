import type { Message } from '../shared/programMessages';

/** Tells the program that started the browser; the order is kept because each message waits for the one before it. */
let last: Promise<unknown> = Promise.resolve();

export function tell(message: Message): Promise<unknown> {
  last = last.then(async () => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch('/messages', { method: 'POST', headers, body: JSON.stringify(message) });
    if (!response.ok) throw new Error(`The program did not take a message: ${response.status} ${response.statusText}`);
  });
  return last;
}

export function note(text: string): Promise<unknown> {
  return tell({ kind: 'note', text });
}

/** Announces a table and returns the function that fills it. */
export function table(name: string, title: string, unit: string, columns: readonly string[], reference?: string, mean = false) {
  void tell({ kind: 'table', table: name, title, unit, columns: [...columns], ...(reference !== undefined && { reference }), mean });
  return (row: string, column: string, value: number) => void tell({ kind: 'sample', table: name, row, column, value });
}

/** The memory that the browser's processes take together in MiB, or `undefined` where the system does not tell. */
export async function browserMemory(): Promise<number | undefined> {
  const { mebibytes } = (await (await fetch('/memory')).json()) as { mebibytes: number | null };
  return mebibytes ?? undefined;
}
