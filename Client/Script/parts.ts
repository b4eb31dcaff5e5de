/**
 * How many bytes of rows are packed or read at a time, or a little more: few enough that the page does not stand still for long, even on a
 * slow device, and more than most calls have.
 */
export const PART_BYTES = 256 * 1024;

/** Lets the page's other tasks run. A timer would be late in a hidden page, and `scheduler.yield` lets no timers run before it goes on. */
export function letOthersRun(): Promise<void> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
