import { cleanName, usualName } from './design.ts'
import type { Design } from './design.ts'
import { detectDomain } from './detect-domain.ts'
import type { Detected } from './detect-domain.ts'
import { loadOf } from './load.ts'
import { readScale } from './read-scale.ts'
import type { Scale } from './read-scale.ts'
import { readWishes } from './read-wishes.ts'
import type { Wishes } from './read-wishes.ts'

/** A text as it was understood. */
export interface Reading {
  readonly design: Design
  readonly detected: Detected
  readonly scale: Scale
  readonly wishes: Wishes
}

/** Characters that are read; the last ones, as what is said last holds. */
const READ = 6000

/** Reads a requirement: which domain, how large, with what. */
export function read(text: string): Reading {
  const said = sinceChangeOfMind(text.slice(-READ))
  const detected = detectDomain(said)
  const scale = readScale(said)
  const wishes = readWishes(said, detected.domain)
  const { domain } = detected
  const { features, constraints } = wishes
  const appName = nameIn(said) ?? usualName(domain)
  return {
    design: { appName, domain, features, constraints, load: loadOf(scale, domain) },
    detected,
    scale,
    wishes,
  }
}

/** What was said from the last change of mind on: "... Forget that: a chat app instead." starts over. */
function sinceChangeOfMind(text: string): string {
  const sentences = text.split(/(?<=[.!?\n])\s+/)
  const last = sentences.findLastIndex(
    (sentence) =>
      /\b(?:instead|rather|forget (?:that|it)|(?:new|different|another) (?:app|idea|project)|start over)\b/i.test(
        sentence,
      ) && detectDomain(sentence).certainty !== 'unknown',
  )
  return last > 0 ? sentences.slice(last).join(' ') : text
}

/** What the app is called, if the text says so. */
function nameIn(text: string): string | undefined {
  const [, quoted, plain] =
    [
      ...text.matchAll(
        /\b(?:called|named)\s+(?:["“'‘`]([^"”'’`\n]{1,60})["”'’`]|([\p{Lu}\d][\p{L}\d_-]*(?:\s\p{Lu}[\p{L}\d_-]*){0,2}))/gu,
      ),
    ].at(-1) ?? []
  return cleanName(quoted ?? plain ?? '') || undefined
}
