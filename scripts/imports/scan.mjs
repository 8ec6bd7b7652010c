// Finds the import and export-from statements of a TypeScript file without a parser: comments, strings, templates
// and regular expressions are blanked first, so that what then looks like a statement is one.

/**
 * @typedef {object} ImportStatement
 * @property {string} specifier
 * @property {boolean} isType only types cross it
 * @property {boolean} isReExport `export ... from`
 * @property {number} line from 1
 */

const CLAUSE = String.raw`(?:[\w$]+\s*,\s*)?(?:\*\s*as\s+[\w$]+|\{[^{}]*\}|[\w$]+)`
const STATIC = new RegExp(String.raw`(?<![.\w$])import\b\s*(type\s+)?(${CLAUSE})\s*from\s*"(\d+)"`, 'g')
const BARE = /(?<![.\w$])import\s*"(\d+)"/g
const DYNAMIC = /(?<![.\w$])(typeof\s+)?import\s*\(\s*"(\d+)"/g
const RE_EXPORT =
  /(?<![.\w$])export\b\s*(type\s+)?(\*(?:\s*as\s+(?:[\w$]+|"\d+"))?|\{[^{}]*\})\s*from\s*"(\d+)"/g

/** @param {string} source @returns {ImportStatement[]} in the order of the file */
export function scanImports(source) {
  const { code, strings } = blank(source)
  /** @type {(ImportStatement & { at: number })[]} */
  const found = []
  const add = (
    /** @type {RegExpExecArray} */ match,
    /** @type {string | undefined} */ index,
    /** @type {boolean} */ isType,
    isReExport = false,
  ) => {
    const specifier = strings[Number(index)] ?? ''
    found.push({ specifier, isType, isReExport, line: lineAt(code, match.index), at: match.index })
  }
  for (const match of code.matchAll(STATIC)) add(match, match[3], Boolean(match[1]) || isAllTypes(match[2]))
  for (const match of code.matchAll(RE_EXPORT))
    add(match, match[3], Boolean(match[1]) || isAllTypes(match[2]), true)
  for (const match of code.matchAll(BARE)) add(match, match[1], false)
  for (const match of code.matchAll(DYNAMIC)) add(match, match[2], Boolean(match[1]))
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ specifier, isType, isReExport, line }) => ({ specifier, isType, isReExport, line }))
}

/** `{ type A, type B }`. @param {string | undefined} clause */
function isAllTypes(clause = '') {
  const names = /^\{([^{}]*)\}$/
    .exec(clause.trim())?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith('type '))
}

/** @param {string} code @param {number} at */
function lineAt(code, at) {
  return code.slice(0, at).split('\n').length
}

/**
 * The same code with comments, templates and regular expressions blanked and each string replaced by `"n"`, its
 * index. Line ends stay where they are.
 * @param {string} source
 * @returns {{ code: string, strings: string[] }}
 */
function blank(source) {
  /** @type {string[]} */
  const strings = []
  let code = ''
  /** Open braces inside each open `${` of a template. @type {number[]} */
  const templates = []
  let at = 0
  while (at < source.length) {
    const token = nextToken(source, at, code, templates)
    if (token.kind === 'string') {
      strings.push(token.text.slice(1, -1))
      code += `"${strings.length - 1}"`
    } else code += token.kind === 'code' ? token.text : token.text.replaceAll(/[^\n]/g, ' ')
    at += token.text.length
  }
  return { code, strings }
}

const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const REGEX = /\/(?![*/])(?:[^[\\/\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y
/** After these a slash begins a regular expression; after a name, a number or a closing bracket it divides. */
const BEFORE_REGEX =
  /(?:^|[=([{}:;,!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield))\s*$/

/**
 * @param {string} source
 * @param {number} at
 * @param {string} before the code up to here, blanked
 * @param {number[]} templates
 * @returns {{ kind: 'code' | 'string' | 'blank', text: string }}
 */
function nextToken(source, at, before, templates) {
  const character = source[at] ?? ''
  if (character === '/') {
    const comment = matchAt(COMMENT, source, at)
    if (comment) return { kind: 'blank', text: comment }
    const regex = BEFORE_REGEX.test(before.slice(-60)) ? matchAt(REGEX, source, at) : ''
    if (regex) return { kind: 'blank', text: regex }
  }
  if (character === "'" || character === '"') {
    const string = matchAt(STRING, source, at)
    if (string) return { kind: 'string', text: string }
  }
  if (character === '`') return templateToken(source, at, templates)
  const open = templates.length - 1
  if (character === '{' && open >= 0) templates[open] = (templates[open] ?? 0) + 1
  if (character === '}' && open >= 0) {
    if (templates[open] === 0) {
      templates.pop()
      return templateToken(source, at, templates)
    }
    templates[open] = (templates[open] ?? 0) - 1
  }
  return { kind: 'code', text: character }
}

/**
 * From a backtick, or from the brace that ends a `${...}`, to the template's end or to its next `${`.
 * @param {string} source
 * @param {number} at
 * @param {number[]} templates
 * @returns {{ kind: 'blank', text: string }}
 */
function templateToken(source, at, templates) {
  const rest = matchAt(TEMPLATE, source, at + 1)
  if (rest.endsWith('${')) templates.push(0)
  return { kind: 'blank', text: source.slice(at, at + 1 + rest.length) }
}

/** @param {RegExp} pattern @param {string} source @param {number} at */
function matchAt(pattern, source, at) {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? ''
}
