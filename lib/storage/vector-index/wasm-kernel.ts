import type { Kernel } from './kernel.ts'

const PAGE = 65_536

/** The kernel as it is built from kernel.wat. A platform compiles no such module while it runs: it is handed in. */
export function createWasmKernel(module: WebAssembly.Module): Kernel {
  const { memory, floats, bytes, pick } = new WebAssembly.Instance(module).exports
  if (
    !(memory instanceof WebAssembly.Memory) ||
    typeof floats !== 'function' ||
    typeof bytes !== 'function' ||
    typeof pick !== 'function'
  )
    throw new TypeError(
      'Cannot use this module as a kernel: it does not export memory, floats, bytes and pick',
    )
  return {
    memory: () => memory.buffer,
    grow: (size) => {
      const missing = size - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    },
    // All were just seen to be functions, and kernel.wat gives them these parameters.
    floats: floats as Kernel['floats'],
    bytes: bytes as Kernel['bytes'],
    pick: pick as Kernel['pick'],
  }
}
