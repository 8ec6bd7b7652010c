/** Makes a fresh id with a prefix: `newId('msg')` gives `msg_4k9…`. Handed in, so that a run can be replayed. */
export type NewId = (prefix: string) => string

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

/** 20 characters of base 36 from the platform's random source: 103 bits, safe in URLs and file names. */
export const randomId: NewId = (prefix) => {
  let id = ''
  while (id.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(24))) {
      // 252 is the largest multiple of 36 in a byte: what lies above would favour the first letters.
      if (byte < 252 && id.length < 20) id += ALPHABET[byte % 36]
    }
  }
  return `${prefix}_${id}`
}
