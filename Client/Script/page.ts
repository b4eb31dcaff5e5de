import type { StartOptions } from '../../Protocol/protocol';

/** Describes this page for other tabs that wait for its databases. Without query and fragment, which may hold private data. */
export function describePage(): Pick<StartOptions, 'page'> {
  const { location } = globalThis as { location?: Location };
  return location ? { page: location.origin + location.pathname } : {};
}

/** The events of a page on which its worker has to give databases up, or may take them back. */
export interface PageEvents {
  /**
   * The page may stop running for long: it is left, perhaps to be kept for the back button, or the browser freezes it.
   * https://html.spec.whatwg.org/multipage/document-lifecycle.html https://wicg.github.io/page-lifecycle/
   */
  onPause: () => void;
  /** The page runs again after it was left or frozen. */
  onResume: () => void;
  /** The page was hidden or shown. A hidden page can be frozen with its worker at any moment, without another event. */
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
