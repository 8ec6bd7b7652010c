import module from './read.wasm'

const PAGE = 65_536

/** Reads a stretch of memory `times` times. It is made once, and its pages are written, since unwritten ones are all the same one. */
export function readMemory(bytes: number, times: number): void {
  reader ??= open(bytes)
  for (let time = 0; time < times; time += 1) reader(0, bytes)
}

let reader: ((from: number, to: number) => void) | undefined

function open(bytes: number): (from: number, to: number) => void {
  const { memory, read } = new WebAssembly.Instance(module).exports
  if (!(memory instanceof WebAssembly.Memory) || typeof read !== 'function')
    throw new TypeError('Cannot read memory: the module is another')
  memory.grow(Math.ceil(bytes / PAGE))
  new Uint8Array(memory.buffer).fill(1)
  return (from, to) => void Reflect.apply(read, undefined, [from, to])
}
