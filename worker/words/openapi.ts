import * as z from 'zod'
import type { Words } from './words.ts'

export const openapiWords: Words = {
  openApi: {
    tag: 'server',
    summary: 'This document',
    answers: [{ description: 'OpenAPI 3.1', json: z.looseObject({ openapi: z.string() }) }],
  },
}
