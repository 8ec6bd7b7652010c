/** The kernel of the vector index, built from its text. */
export function compileKernel(): Promise<Uint8Array>
