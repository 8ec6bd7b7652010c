import { expect, it } from 'vitest'
import { createPartialReader } from './partial-reader.ts'

const schema = { type: 'object', properties: { city: { type: 'string' }, people: { type: 'number' } } }

it('reads the object from a text that grows, and anew from another text', () => {
  const read = createPartialReader(schema)
  expect(read('{"city":"Be')).toEqual({ city: 'Be' })
  expect(read('{"city":"Bern","people":7')).toMatchObject({ city: 'Bern' })
  expect(read('{"city":"Bern","people":7}')).toEqual({ city: 'Bern', people: 7 })
  expect(read('{"city":"Chur"}')).toEqual({ city: 'Chur' })
})

it('has no object for a text that holds none', () => {
  const read = createPartialReader(schema)
  expect(read('')).toBeUndefined()
  expect(read('I do not know')).toBeUndefined()
})
