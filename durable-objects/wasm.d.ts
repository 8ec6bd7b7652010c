/** What the platform gives for a module that was built. */
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
