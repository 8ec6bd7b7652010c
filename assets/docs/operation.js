import { element } from './elements.js'
import { exampleOf } from './example.js'
import { toCurl, toRequest } from './request.js'

/**
 * One operation: what it takes and answers, and a form that sends it.
 * @param {{ method: string, path: string, operation: Record<string, any> }} asked
 * @param {{ components: Record<string, any>, key: () => string }} page
 */
export function showOperation({ method, path, operation }, page) {
  const summary = element(
    'summary',
    {},
    element('span', { class: 'method' }, method.toUpperCase()),
    element('span', { class: 'path' }, path),
    element('span', { class: 'summary' }, operation.summary ?? ''),
  )
  const details = element('details', { class: 'operation', id: operation.operationId }, summary)
  // Filled when it is first opened: most never are.
  details.addEventListener(
    'toggle',
    () => details.append(element('div', {}, ...contents({ method, path, operation }, page))),
    { once: true },
  )
  return details
}

function contents({ method, path, operation }, page) {
  const fields = (operation.parameters ?? []).map((parameter) => ({ parameter, input: inputFor(parameter) }))
  const schema = operation.requestBody?.content['application/json']?.schema
  const text = schema && JSON.stringify(exampleOf(schema, page.components), null, 2)
  const body =
    schema && element('textarea', { rows: Math.min(20, text.split('\n').length + 1), spellcheck: 'false' })
  if (body) body.value = text
  const read = () =>
    toRequest({
      method,
      path,
      parameters: fields.map(({ parameter, input }) => ({ ...parameter, value: input.value })),
      ...(body && { body: body.value }),
      key: page.key(),
    })
  return [
    element('p', {}, operation.description ?? ''),
    ...(fields.length > 0 ? [element('table', {}, ...fields.map(showField))] : []),
    ...(body ? [element('p', {}, 'Body'), body, showSchema('Schema of the body', schema)] : []),
    ...sender(read),
    ...Object.entries(operation.responses).map(([status, answer]) =>
      showSchema(`${status}  ${answer.description}`, Object.values(answer.content ?? {})[0] ?? {}),
    ),
  ]
}

function inputFor({ schema, required, name }) {
  if (!schema?.enum)
    return element('input', { 'aria-label': name, required, placeholder: schema?.default ?? '' })
  const options = ['', ...schema.enum].map((value) => element('option', { value }, value))
  return element('select', { 'aria-label': name }, ...options)
}

function showField({ parameter: { name, in: place, required, description = '' }, input }) {
  const label = element('th', {}, name, required ? ' *' : '')
  return element(
    'tr',
    {},
    label,
    element('td', {}, place),
    element('td', {}, input),
    element('td', {}, description),
  )
}

function showSchema(title, schema) {
  const shown = element('details', {}, element('summary', {}, title))
  if (Object.keys(schema).length > 0) shown.append(element('pre', {}, JSON.stringify(schema, null, 2)))
  return shown
}

/** The button, the command that does the same, and the answer as it comes in. */
function sender(read) {
  const command = element('pre', { hidden: true })
  const answer = element('pre', { hidden: true, 'aria-live': 'polite' })
  const send = element('button', { type: 'button' }, 'Send')
  const stop = element('button', { type: 'button', hidden: true }, 'Stop')
  send.addEventListener('click', async () => {
    const leave = new AbortController()
    stop.addEventListener('click', () => leave.abort(), { signal: leave.signal })
    for (const shown of [command, answer, stop]) shown.hidden = false
    send.disabled = true
    answer.textContent = ''
    try {
      const request = read()
      command.textContent = toCurl(request, location.origin)
      await follow(request, leave.signal, answer)
    } catch (error) {
      answer.append(leave.signal.aborted ? '\n(stopped)' : String(error))
    } finally {
      send.disabled = false
      stop.hidden = true
    }
  })
  return [element('p', {}, send, ' ', stop), command, answer]
}

async function follow({ url, init }, signal, answer) {
  const response = await fetch(url, { ...init, signal, credentials: 'omit' })
  const shown = ['content-type', 'x-request-id', 'retry-after', 'www-authenticate']
  const headers = shown.flatMap((name) =>
    response.headers.has(name) ? [`${name}: ${response.headers.get(name)}`] : [],
  )
  answer.append([`${response.status} ${response.statusText}`, ...headers, '', ''].join('\n'))
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('json')) return void answer.append(pretty(await response.text()))
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read())
    answer.append(piece.value)
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
