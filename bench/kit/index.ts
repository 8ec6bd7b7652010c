import { Agent, Edgewise } from 'edgewise'
import { objects } from '../../durable-objects/objects.ts'
import { serve } from '../../worker/serve.ts'

const helper = new Agent({ name: 'Helper', instructions: 'You are a helper. Keep answers short.' })
const app = new Edgewise({ agents: { helper } })

/** The kit as it is deployed, but for the app: one agent without tools, so that the demo app does not matter. */
export const { Thread, Run, Store } = objects(app)
export default serve(app)
