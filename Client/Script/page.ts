import type { StartOptions } from '../../Protocol/protocol';

/** What others are told who wait for this page's databases: no query and no fragment, which may hold what is nobody's business. */
export function describePage(): Pick<StartOptions, 'page'> {
  const { location } = globalThis as { location?: Location };
  return location ? { page: location.origin + location.pathname } : {};
}

/** What others must know of a page whose worker has what they want. */
export interface PageEvents {
  /**
   * The page may stop running for long: it is left, perhaps to be kept for the back button, or the browser freezes it.
   * https://html.spec.whatwg.org/multipage/document-lifecycle.html https://wicg.github.io/page-lifecycle/
   */
  onPause: () => void;
  /** The page runs again after it was left or frozen. */
  onResume: () => void;
  /** The page was hidden or shown. A hidden one can be frozen at any moment, and its worker with it, before it hears of anything. */
  onVisibility: (hidden: boolean) => void;
}

/** Watches the page, where there is one, until the signal is aborted. */
export function watchPage({ onPause, onResume, onVisibility }: PageEvents, signal: AbortSignal): void {
  const { document } = globalThis as { document?: Document };
  if (!document) return;
  const tellVisibility = () => onVisibility(document.visibilityState === 'hidden');
  addEventListener('pagehide', onPause, { signal });
  document.addEventListener('freeze', onPause, { signal });
  addEventListener('pageshow', event => event.persisted && onResume(), { signal });
  document.addEventListener('resume', onResume, { signal });
  document.addEventListener('visibilitychange', tellVisibility, { signal });
  if (document.visibilityState === 'hidden') tellVisibility();
}
