import { objects } from '../durable-objects/objects.ts'
import app from '../app/index.ts'
import { serve } from './serve.ts'

/** The one place where the user's app meets the platform. */
export const { Thread, Run, Store } = objects(app)
export default serve(app)
