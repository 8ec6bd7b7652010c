import { objects } from '../../durable-objects/objects.ts'
import { serve } from '../../worker/serve.ts'
import app from './app.ts'
import { now } from './clock.ts'
import { countingPlatform } from './counting.ts'
import { afterCommit } from './faults.ts'

export const { Thread, Run, Store } = objects(app, { afterCommit, platform: countingPlatform, now })
export default serve(app)
