import type { Message } from '../core/schema.ts';
import type { Via } from './input/acceptance.ts';

/** A message as the journal holds it: with where it came from. Absent values are undefined, so that all have one shape. */
export interface ReceivedMessage extends Message {
  /** Its number in this router's journal, from 0. */
  readonly offset: number;
  /** When the router received it. */
  readonly received: string;
  readonly via: Via;
  /** Id of the key that signed it. */
  readonly key: string | undefined;
  readonly hostname: string | undefined;
  readonly pid: number | undefined;
  /** With `seq`, what identifies it wherever it goes; absent from deployed Metlog clients. */
  readonly sender: string | undefined;
  /** Its own number in the sender's count. */
  readonly seq: number | undefined;
}
