import * as z from 'zod'

export const factAnswer = z
  .looseObject({
    category: z.string(),
    key: z.string(),
    value: z.unknown(),
    createdAt: z.number().describe('Milliseconds since 1970'),
    updatedAt: z.number(),
  })
  .meta({ id: 'Fact' })

export const factsAnswer = z.looseObject({ facts: z.array(factAnswer), hasMore: z.boolean() })
export const foundFactsAnswer = z.looseObject({ facts: z.array(factAnswer.extend({ score: z.number() })) })
export const storedFactsAnswer = z.looseObject({ stored: z.int() })
export const cleanedAnswer = z.looseObject({ deleted: z.int() })
