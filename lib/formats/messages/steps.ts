import type { Message, Part } from '../../protocol/message.ts'
import type { Place } from './loss.ts'
import { partAt } from './said.ts'

export type PlacedPart = [part: Part, place: Place]

export function placedParts({ parts }: Pick<Message, 'parts'>, place: Place): PlacedPart[] {
  return parts.map((part, i) => [part, partAt(place, i)])
}

/** The parts step by step, without those that open the steps. A step in which nothing was said is none. */
export function placedSteps(message: Pick<Message, 'parts'>, place: Place): PlacedPart[][] {
  const steps: PlacedPart[][] = [[]]
  for (const placed of placedParts(message, place)) {
    if (placed[0].type === 'step-start') steps.push([])
    else steps.at(-1)?.push(placed)
  }
  return steps.filter((step) => step.length > 0)
}
