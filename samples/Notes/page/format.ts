const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Such as "52 kB". */
export function formatBytes(bytes: number): string {
  const step = Math.min(SIZES.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const format = new Intl.NumberFormat('en', {
    style: 'unit',
    unit: SIZES[step]!,
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumSignificantDigits: 3,
  });
  return format.format(bytes / 1000 ** step);
}

/** The time of a note of today, the day of an older one. */
export function formatChanged(changed: number, now: number): string {
  const date = new Date(changed);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return date.toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' });
  const year = date.getFullYear() === today.getFullYear() ? {} : { year: 'numeric' as const };
  return date.toLocaleDateString('en', { month: 'short', day: 'numeric', ...year });
}
