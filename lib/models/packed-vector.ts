/** A vector as 32-bit floats, in base64: a text for what is kept as JSON, four times shorter than its numbers are. */
export function packVector(vector: readonly number[]): string {
  const bytes = new Uint8Array(Float32Array.from(vector).buffer)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export function unpackVector(packed: string): number[] {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))
  return [...new Float32Array(bytes.buffer)]
}
