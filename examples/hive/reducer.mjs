// node build/reducer.mjs: adds up what the mappers have counted. Its input is sorted by key, so that one sum is held at a time.
import { createInterface } from 'node:readline';

let current;
let sum = 0;
const tell = () => current !== undefined && process.stdout.write(`${current}\t${sum}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [key, count] = line.split('\t');
  if (key !== current) {
    tell();
    current = key;
    sum = 0;
  }
  sum += Number(count);
}
tell();
