// Circles of a graph: Tarjan's strongly connected components, and one shortest circle of each to show.

/** @typedef {Map<string, Set<string>>} Graph */

/**
 * @param {Graph} graph
 * @returns {string[][]} a path for each component that has a circle, its first node repeated at the end
 */
export function findCircles(graph) {
  return components(graph)
    .filter((nodes) => nodes.length > 1 || graph.get(nodes[0] ?? '')?.has(nodes[0] ?? ''))
    .map((nodes) => shortestCircle(graph, new Set(nodes)))
}

/** @param {Graph} graph @returns {string[][]} */
function components(graph) {
  /** @type {Map<string, { index: number, low: number, isOpen: boolean }>} */
  const seen = new Map()
  /** @type {string[]} */
  const open = []
  /** @type {string[][]} */
  const found = []
  const visit = (/** @type {string} */ node) => {
    const mark = { index: seen.size, low: seen.size, isOpen: true }
    seen.set(node, mark)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      const known = seen.get(next)
      if (!known) mark.low = Math.min(mark.low, visit(next).low)
      else if (known.isOpen) mark.low = Math.min(mark.low, known.index)
    }
    if (mark.low === mark.index) {
      const nodes = open.splice(open.indexOf(node))
      for (const member of nodes) closeMark(seen.get(member))
      found.push(nodes)
    }
    return mark
  }
  for (const node of graph.keys()) if (!seen.has(node)) visit(node)
  return found
}

/** @param {{ isOpen: boolean } | undefined} mark */
function closeMark(mark) {
  if (mark) mark.isOpen = false
}

/**
 * @param {Graph} graph
 * @param {Set<string>} members
 */
function shortestCircle(graph, members) {
  const [start = ''] = [...members].sort()
  /** @type {Map<string, string>} */
  const cameFrom = new Map()
  const queue = [start]
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return [...trace(cameFrom, start, node), start]
      if (!members.has(next) || cameFrom.has(next)) continue
      cameFrom.set(next, node)
      queue.push(next)
    }
  }
  return [start, start]
}

/** @param {Map<string, string>} cameFrom @param {string} start @param {string} end */
function trace(cameFrom, start, end) {
  const path = [end]
  for (let node = end; node !== start;) {
    node = cameFrom.get(node) ?? start
    path.unshift(node)
  }
  return path
}
