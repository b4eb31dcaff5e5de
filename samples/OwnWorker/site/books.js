// The page of the sample: plain JavaScript, served as it is.
import { IsarStorage } from './isar-client.js';

const starting = IsarStorage.start({ workerUrl: new URL('worker/isar-worker.js', import.meta.url), directory: 'books' });
const form = document.querySelector('#add');
const words = document.querySelector('#words');
const list = document.querySelector('#books');
const problem = document.querySelector('#problem');

/** Shows what goes wrong, in the words of the worker. */
async function attempt(action) {
  problem.textContent = '';
  try {
    await action();
  } catch (error) {
    if (error.name !== 'AbortError') problem.textContent = error.message;
  }
}

let searching;

async function search() {
  // Only the last search counts.
  searching?.abort();
  searching = new AbortController();
  const { signal } = searching;
  const books = await (await starting).call('books/search', words.value, { signal });
  if (signal.aborted) return;
  list.replaceChildren(
    ...books.map(({ title, author }) => {
      const item = document.createElement('li');
      item.textContent = `${title} – ${author}`;
      return item;
    }),
  );
}

form.addEventListener('submit', event => {
  event.preventDefault();
  const { title, author } = Object.fromEntries(new FormData(form));
  attempt(async () => {
    await (await starting).call('books/add', { title, author });
    form.reset();
    await search();
  });
});
words.addEventListener('input', () => attempt(search));
attempt(search);
