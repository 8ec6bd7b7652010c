// app/agents.yaml becomes app/agents.yaml.json, which the app imports: YAML is read here, so that the Worker need not.
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../terminal.mjs'

const FILES = ['app/agents.yaml', 'app/agents.yml']

/**
 * Writes what changed; does nothing where there is no such file.
 * @param {string} root
 * @returns {Promise<string[]>} the files that were written
 */
export async function writeAgentsFile(root) {
  const written = []
  for (const file of FILES) {
    if (!existsSync(join(root, file))) continue
    const text = await toJson(readFileSync(join(root, file), 'utf8'), file)
    const made = join(root, `${file}.json`)
    if (existsSync(made) && readFileSync(made, 'utf8') === text) continue
    writeFileSync(made, text)
    written.push(`${file}.json`)
  }
  return written
}

/**
 * Writes it again whenever somebody saves the file; the development server then sees the change.
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {() => void} ends it
 */
export function watchAgentsFile(root, say) {
  const watchers = FILES.filter((file) => existsSync(join(root, file))).map((file) =>
    watch(join(root, file), () => {
      writeAgentsFile(root).catch((error) => say(error.message))
    }),
  )
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}

/** @param {string} text @param {string} file */
async function toJson(text, file) {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new Failure(`${file}:${line}:${col}: ${error.message}`)
  }
  // A few aliases that name each other could grow without end.
  return `${JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? {}, null, 2)}\n`
}
