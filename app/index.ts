import { Edgewise } from 'edgewise'
import { architectureAgent } from './agents/advisor.ts'
import { helper } from './agents/helper.ts'
import { architectureWorkflow } from './workflows/architecture.ts'

/** What this app is made of: one explicit list. */
export default new Edgewise({ agents: { architectureAgent, helper }, workflows: { architectureWorkflow } })
