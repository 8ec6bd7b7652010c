import type * as main from './worker.ts'
import type { Env as WorkerEnv } from '../../worker/env.ts'

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof main
    }
    // eslint-disable-next-line typescript/no-empty-object-type -- it is the Worker's own list of bindings
    interface Env extends WorkerEnv {}
  }
}
