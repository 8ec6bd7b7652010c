import { objects } from '../../durable-objects/objects.ts'
import { serve } from '../../worker/serve.ts'
import app from './app.ts'

export const { Thread, Run, Store } = objects(app)
export default serve(app)
