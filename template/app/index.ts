import { Edgewise } from 'edgewise'
import { helper } from './agents/helper.ts'

/** What this app is made of: one explicit list. `npm run new agent NAME` adds to it. */
export default new Edgewise({ agents: { helper } })
