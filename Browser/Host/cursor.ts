import type { RowBatch } from '../../Client/protocol';
import type { Engine } from '../Engine/engine';
import type { Access } from '../Changes/access';
import { BatchWriter } from './batch';
import { RowPacker } from './rows';
import type { Statement } from './statement';

/** How many bytes of rows a batch takes before it ends. */
const BATCH_BYTES = 128 * 1024;

/** A statement that stands on a row between the batches of a stream. */
export class Cursor {
  readonly #engine: Engine;
  readonly #statement: Statement;
  readonly #giveBack: () => void;

  /** @param giveBack takes the statement after its end. */
  constructor(engine: Engine, statement: Statement, giveBack: () => void) {
    this.#engine = engine;
    this.#statement = statement;
    this.#giveBack = giveBack;
  }

  get access(): Access {
    return this.#statement.access;
  }

  /** Packs the next rows, of which the last ones may be none. */
  read(buffer: ArrayBuffer | undefined): { batch: RowBatch; done: boolean } {
    const writer = new BatchWriter(buffer);
    const packer = new RowPacker(this.#engine, this.#statement, writer, false);
    let more = true;
    while (writer.length < BATCH_BYTES && (more = this.#statement.step()))
      packer.addRow();
    packer.finish();
    return { batch: writer.finish(), done: !more };
  }

  close(): void {
    this.#statement.end();
    this.#giveBack();
  }
}
