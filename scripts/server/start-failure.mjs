// What is said when the server does not come up: one line with the place and the mend.
import { dirname, resolve } from 'node:path'
import { shortPath } from '../project.mjs'
import { Failure } from '../terminal.mjs'
import { findStartError } from './output.mjs'
import { originalPosition } from './source-position.mjs'

/**
 * @param {string} output all that wrangler printed
 * @param {object} context
 * @param {string} context.configPath
 * @param {Awaited<ReturnType<typeof import('./source-position.mjs').readBundleMap>>} context.bundle
 * @param {string} context.otherwise what to say when wrangler named no error
 */
export function startFailure(output, { configPath, bundle, otherwise }) {
  const error = findStartError(output)
  if (!error) return new Failure(`Cannot start: ${otherwise}`)
  const place = placeOf(error, configPath, bundle)
  return new Failure(
    `Cannot start: ${place ? `${place}: ` : ''}${error.message}. ${mendFor(error.message, place)}`,
  )
}

/**
 * Of a stack, the innermost place in app/ is the one that its author can mend.
 * @param {import('./output.mjs').StartError} error
 * @param {string} configPath
 * @param {Awaited<ReturnType<typeof import('./source-position.mjs').readBundleMap>>} bundle
 */
function placeOf({ message, places }, configPath, bundle) {
  const folder = dirname(configPath)
  const found = places.flatMap(({ file, line, column }) => {
    const place = file === 'index.js' ? originalPosition(bundle, line, column) : { file, line, column }
    return place ? `${shortPath(resolve(folder, place.file), folder)}:${place.line}:${place.column}` : []
  })
  const place = found.find((path) => path.startsWith('app/')) ?? found[0]
  if (place || places.length > 0) return place
  if (message.includes('.dev.vars')) return '.dev.vars'
  return isAboutConfig(message) ? shortPath(configPath, folder) : undefined
}

/** @param {string} message */
function isAboutConfig(message) {
  return /configuration|[Cc]ompatibility (date|flag)|entry-point file|Durable Objects, which are not exported|TOML/.test(
    message,
  )
}

/** @param {string} message @param {string | undefined} place */
function mendFor(message, place) {
  if (message.startsWith('Address already in use')) return 'Choose another port: PORT=8788 npm start'
  if (message.includes('Could not resolve')) return 'Check the path of that import, or install the package'
  if (message.includes('Durable Objects, which are not exported')) {
    return 'Its class_name must be one that the Worker exports (Thread, Run, Store)'
  }
  if (place === '.dev.vars') return 'It must be a readable file of NAME=value lines'
  return place ? 'Fix it there and run the command again' : 'Fix it and run the command again'
}
