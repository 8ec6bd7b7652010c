import * as answer from '../answer-schemas.ts'
import type { Words } from './words.ts'

export const healthWords: Words = {
  welcome: {
    summary: 'Where to go from here',
    answers: [{ description: 'Addresses', json: answer.welcomeAnswer }],
  },
  health: {
    summary: 'Whether the Worker is up, and what answers',
    answers: [{ description: 'It is up', json: answer.healthAnswer }],
  },
}
