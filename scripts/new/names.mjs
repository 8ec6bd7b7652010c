// One name in the forms that a new file needs.
import { Failure } from '../terminal.mjs'

const RESERVED = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield await async arguments eval app agent tool workflow edgewise memory undefined'.split(
    ' ',
  ),
)

/**
 * @param {string} given such as `order-status`, `orderStatus` or `Order status`
 * @returns {{ file: string, variable: string, title: string }} `order-status`, `orderStatus`, `Order status`
 */
export function readName(given) {
  const words = given
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter(Boolean)
    .map((word) => word.toLowerCase())
  const isPlain =
    words.length > 0 && words.every((word) => /^[a-z0-9]+$/.test(word)) && /^[a-z]/.test(words[0] ?? '')
  if (!isPlain || given.length > 50) {
    throw new Failure(`Cannot use the name "${given}": write words of letters and digits, as in order-status`)
  }
  const [first = '', ...rest] = words
  const variable = first + rest.map(capital).join('')
  if (RESERVED.has(variable))
    throw new Failure(`Cannot use the name "${given}": "${variable}" means something else in code`)
  return { file: words.join('-'), variable, title: [capital(first), ...rest].join(' ') }
}

/** @param {string} word */
function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
