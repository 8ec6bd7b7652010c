// Adds a name to the one explicit list of app/index.ts.

/**
 * @param {string} source of app/index.ts
 * @param {{ list: string, variable: string, from: string }} entry
 * @returns {string | undefined} undefined where the list is written in a way that only its author can extend
 */
export function addToApp(source, { list, variable, from }) {
  const start = /new (?:Edgewise|Mastra)\(\{/.exec(source)
  if (!start) return undefined
  const body = source.slice(start.index)
  const known = new RegExp(String.raw`\b${list}: \{([^{}]*)\}`).exec(body)
  const changed = known
    ? body.replace(known[0], `${list}: { ${[...entriesOf(known[1] ?? ''), variable].join(', ')} }`)
    : // A list of that name which is not written out here is left alone.
      new RegExp(String.raw`\b${list}\b`).test(body)
      ? undefined
      : body
          .replace(/\(\{\s*/, (opening) => `${opening.trimEnd()} ${list}: { ${variable} }, `)
          .replace(/, \}\)/, ' })')
  if (changed === undefined) return undefined
  return addImport(source.slice(0, start.index) + changed, `import { ${variable} } from '${from}'`)
}

/** @param {string} text @returns {string[]} */
function entriesOf(text) {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** After the last import. @param {string} source @param {string} line */
function addImport(source, line) {
  const last = [...source.matchAll(/^import .*$/gm)].at(-1)
  if (!last) return `${line}\n\n${source}`
  const end = last.index + last[0].length
  return `${source.slice(0, end)}\n${line}${source.slice(end)}`
}
