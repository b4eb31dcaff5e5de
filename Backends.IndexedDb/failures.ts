/** An error whose name C# classifies, like it does with those of DOMException. */
export class StoreFailure extends Error {
  constructor(
    name: 'CorruptError' | 'NewerFormatError' | 'TooLargeError' | 'BlockedError' | 'ClosedError' | 'ChangedError' | 'NotAFileError',
    message: string,
  ) {
    super(message);
    this.name = name;
  }
}
