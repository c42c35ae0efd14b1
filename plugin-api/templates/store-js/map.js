/*
 * A map over another one, which keeps a checksum, CRC-32, in front of every value. philter_store.js
 * says what a map is.
 */
import { Refused } from './philter_guest.js';
import { forThisCall, shown } from './philter_store.js';

const SUM_BYTES = 4;

export class Checked {
  #inner;

  constructor(inner) {
    this.#inner = inner;
  }

  get(keys) {
    const values = this.#inner.get(keys);
    return values.map((value, n) => value && checked(keys[n], value));
  }

  scan(from, until, pairsMax, bytesMax) {
    const { pairs, hasMore } = this.#inner.scan(from, until, pairsMax, bytesMax);
    return { pairs: pairs.map(({ key, value }) => ({ key, value: checked(key, value) })), hasMore };
  }

  write(changes) {
    this.#inner.write(changes.map(({ key, value }) => ({ key, value: value && withSum(value) })));
  }
}

function withSum(value) {
  const all = new Uint8Array(SUM_BYTES + value.length);
  new DataView(all.buffer).setUint32(0, checksum(value), true);
  all.set(value, SUM_BYTES);
  return forThisCall(all);
}

/** What stands behind its checksum. */
function checked(key, all) {
  const value = all.subarray(SUM_BYTES);
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  if (all.length < SUM_BYTES || view.getUint32(0, true) !== checksum(value)) {
    throw new Refused(`the value of ${shown(key)} is damaged`, undefined, undefined, 'internal');
  }
  return value;
}

/** What each byte of four does to a checksum: 256 numbers for the last of them, and so on. */
const TABLE = new Int32Array(4 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  TABLE[byte] = sum;
}
for (let n = 256; n < TABLE.length; n += 1) {
  TABLE[n] = (TABLE[n - 256] >>> 8) ^ TABLE[TABLE[n - 256] & 0xff];
}

/** Bytes that are looked at as words. */
const PIECE = new Uint8Array(16384);
const WORDS = new Int32Array(PIECE.buffer);

/** CRC-32, as of zip and PNG; four bytes at a time, because the engine interprets. */
export function checksum(bytes) {
  const [table, words] = [TABLE, WORDS];
  let sum = -1;
  for (let begin = 0; begin < bytes.length; begin += PIECE.length) {
    const piece = bytes.subarray(begin, begin + PIECE.length);
    PIECE.set(piece);
    const count = piece.length >> 2;
    for (let n = 0; n < count; n += 1) {
      sum ^= words[n];
      sum =
        table[768 | (sum & 0xff)] ^ table[512 | ((sum >>> 8) & 0xff)] ^
        table[256 | ((sum >>> 16) & 0xff)] ^ table[sum >>> 24];
    }
    for (let n = 4 * count; n < piece.length; n += 1) {
      sum = (sum >>> 8) ^ table[(sum ^ piece[n]) & 0xff];
    }
  }
  return ~sum >>> 0;
}
