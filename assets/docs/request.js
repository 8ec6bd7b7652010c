/**
 * @typedef {object} Filled what somebody typed in for an operation
 * @property {string} method
 * @property {string} path with parameters as `{name}`
 * @property {{ in: string, name: string, value: string }[]} parameters empty ones are left out
 * @property {string} [body]
 * @property {string} key empty for none
 */

/**
 * The request that an operation's form asks for.
 * @param {Filled} filled
 * @throws Error that names what is missing
 */
export function toRequest({ method, path, parameters, body, key }) {
  let url = path
  const query = new URLSearchParams()
  /** @type {Record<string, string>} */
  const headers = {}
  for (const parameter of parameters) {
    const { name, value } = parameter
    if (parameter.in === 'path') {
      if (value === '') throw new Error(`${name} is missing`)
      url = url.replace(`{${name}}`, encodeURIComponent(value))
    } else if (value !== '') {
      if (parameter.in === 'query') query.append(name, value)
      else headers[name] = value
    }
  }
  if (key !== '') headers['authorization'] = `Bearer ${key}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  const search = query.size > 0 ? `?${query}` : ''
  return {
    url: url + search,
    init: { method: method.toUpperCase(), headers, ...(body !== undefined && { body }) },
  }
}

/**
 * The same as a shell command, with the key by its variable's name.
 * @param {ReturnType<typeof toRequest>} request
 * @param {string} origin
 */
export function toCurl({ url, init }, origin) {
  const parts = ['curl', '-N']
  if (init.method !== 'GET') parts.push('-X', init.method)
  for (const [name, value] of Object.entries(init.headers)) {
    parts.push(
      '-H',
      name === 'authorization' ? '"authorization: Bearer $EDGEWISE_API_KEY"' : quote(`${name}: ${value}`),
    )
  }
  if (init.body !== undefined) parts.push('--data-binary', quote(init.body))
  return [...parts, quote(origin + url)].join(' ')
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
