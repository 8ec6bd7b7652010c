import { whenNothingToDo, whenTravelled } from '../schemas/workflow-answers.ts'
import type { Words } from './words.ts'

const travel = 'Begin a new run from a step of another run, which stays as it is'
const restart = 'Changes nothing: every run takes itself up after a crash'

export const workflowTravelWords: Words = {
  timeTravelWorkflow: { summary: travel, ...whenTravelled.ack },
  timeTravelWorkflowAsync: { summary: travel, ...whenTravelled.json },
  timeTravelWorkflowStream: { summary: travel, ...whenTravelled.stream },
  restartActiveWorkflowRuns: { summary: restart, ...whenNothingToDo },
  restartActiveWorkflowRunsAsync: { summary: restart, ...whenNothingToDo },
}
