import type { StartOptions } from './protocol.js';

/** What others are told who wait for this page's databases: no query and no fragment, which may hold what is nobody's business. */
export function describePage(): Pick<StartOptions, 'page'> {
  const { location } = globalThis as { location?: Location };
  return location ? { page: location.origin + location.pathname } : {};
}

/**
 * Calls back when the page may stop running: it is left, perhaps to be kept for the back button, or the browser freezes it.
 * https://html.spec.whatwg.org/multipage/document-lifecycle.html https://wicg.github.io/page-lifecycle/
 */
export function onPause(callback: () => void, signal: AbortSignal): void {
  const { document } = globalThis as { document?: Document };
  if (!document)
    return;
  addEventListener('pagehide', callback, { signal });
  document.addEventListener('freeze', callback, { signal });
}
