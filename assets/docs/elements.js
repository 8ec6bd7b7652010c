/**
 * An element with attributes, listeners (functions under the event's name) and children. Text is only ever set as
 * text: what a model or a stranger wrote is shown here.
 * @param {string} tag
 * @param {Record<string, string | boolean | number | EventListener | undefined>} [attributes]
 * @param {...(Node | string | undefined)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value))
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}
