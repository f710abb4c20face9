/** Stands for the browser's, as its connection to the server is in the test's hand. */
export class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  /** All that were made, the latest last. */
  static made: FakeEventSource[] = [];
  readyState = FakeEventSource.CONNECTING;

  constructor() {
    super();
    FakeEventSource.made.push(this);
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }

  /** What happens to the connection, as the browser tells it. */
  becomes(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event(readyState === FakeEventSource.OPEN ? 'open' : 'error'));
  }
}
