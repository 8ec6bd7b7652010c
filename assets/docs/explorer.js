// The API of this deployment, from its own document. Reading needs no key; a key is kept for this tab alone.
import { element } from './elements.js'
import { showOperation } from './operation.js'

const KEPT = 'edgewise-key'
const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete'])

const key = document.querySelector('#key')
const find = document.querySelector('#find')
const place = document.querySelector('#operations')

key.value = sessionStorage.getItem(KEPT) ?? ''
key.addEventListener('input', () => sessionStorage.setItem(KEPT, key.value))

try {
  const response = await fetch('/api/openapi.json', { credentials: 'omit' })
  if (!response.ok) throw new Error(`openapi.json answers ${response.status}`)
  show(await response.json())
} catch (error) {
  place.replaceChildren(element('p', {}, `The API document cannot be read: ${error.message}`))
}

function show(api) {
  document.title = `${api.info.title} API ${api.info.version}`
  const page = { components: api.components?.schemas ?? {}, key: () => key.value.trim() }
  const asked = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({ method, path, operation })),
  )
  const sections = api.tags.map(({ name, description }) => {
    const own = asked.filter(({ operation }) => operation.tags.includes(name))
    const shown = own.map((each) => ({ words: wordsOf(each), node: showOperation(each, page) }))
    const node = element('section', {}, element('h2', {}, name), element('p', {}, description ?? ''))
    node.append(...shown.map((each) => each.node))
    return { node, shown }
  })
  place.replaceChildren(...sections.map(({ node }) => node))
  find.addEventListener('input', () => filter(sections, find.value.toLowerCase()))
  const linked =
    location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (linked) linked.open = true
}

function wordsOf({ method, path, operation }) {
  return `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase()
}

function filter(sections, wanted) {
  for (const { node, shown } of sections) {
    for (const each of shown) each.node.hidden = !each.words.includes(wanted)
    node.hidden = shown.every((each) => each.node.hidden)
  }
}
