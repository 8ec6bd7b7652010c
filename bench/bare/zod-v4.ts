/** The kit's shim has the one name that the providers take; `ai` takes others by name. */
export * from 'zod'
export { z } from '../../worker/shims/zod-v4.ts'
