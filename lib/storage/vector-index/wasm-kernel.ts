import type { Kernel } from './kernel.ts'

const PAGE = 65_536

/** The kernel as it is built from kernel.wat. A platform compiles no such module while it runs: it is handed in. */
export function createWasmKernel(module: WebAssembly.Module): Kernel {
  const { memory, ...functions } = new WebAssembly.Instance(module).exports
  if (!(memory instanceof WebAssembly.Memory) || !isKernel(functions))
    throw new TypeError('Cannot use this module as a kernel: it does not export what one needs')
  const { floats, bytes, square, pick } = functions
  return {
    memory: () => memory.buffer,
    grow: (size) => {
      const missing = size - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    },
    floats,
    bytes,
    square,
    pick,
  }
}

/** kernel.wat gives these names the parameters that {@link Kernel} says. */
function isKernel(functions: object): functions is Omit<Kernel, 'memory' | 'grow'> {
  const names = ['floats', 'bytes', 'square', 'pick']
  return names.every((name) => name in functions && typeof Reflect.get(functions, name) === 'function')
}
