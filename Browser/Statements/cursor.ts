import type { RowBatch } from '../../Protocol/protocol';
import type { Engine } from '../Engine/engine';
import { BatchWriter } from './batch';
import { RowPacker } from './rowPacker';
import type { Statement } from './statement';

/** How many bytes of rows a batch takes before it ends. */
const BATCH_BYTES = 128 * 1024;

/** A statement that stands on a row between the batches of a stream. */
export class Cursor {
  readonly #engine: Engine;
  readonly #byName: boolean;
  readonly #giveBack: () => void;

  /**
   * @param byName whether the columns must differ by name.
   * @param giveBack takes the statement after its end.
   */
  constructor(
    engine: Engine,
    readonly statement: Statement,
    byName: boolean,
    giveBack: () => void,
  ) {
    this.#engine = engine;
    this.#byName = byName;
    this.#giveBack = giveBack;
  }

  /** Packs the next rows; the last batch may be empty. */
  read(buffer: ArrayBuffer | undefined): { batch: RowBatch; done: boolean } {
    const writer = new BatchWriter(buffer);
    const packer = new RowPacker(this.#engine, this.statement, writer, { byName: this.#byName });
    let more = true;
    while (writer.length < BATCH_BYTES && (more = this.statement.step())) packer.addRow();
    packer.finish();
    return { batch: writer.finish(), done: !more };
  }

  close(): void {
    this.statement.end();
    this.#giveBack();
  }
}
