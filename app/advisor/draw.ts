import type { Design } from './design.ts'
import type { Door, Service } from './domain.ts'
import type { Edge, Graph, Group, Node } from './graph.ts'
import { short } from './load.ts'
import type { Parts } from './parts.ts'
import { partsOf } from './parts.ts'
import type { Platform } from './platform.ts'

/** A design drawn on a platform. */
export function draw(design: Design, platform: Platform): Graph {
  const parts = partsOf(design)
  const title = `${design.appName}: ${platform.title}, ${short(design.load.dailyUsers)} daily users`
  return { title, groups: groupsOf(design, platform, parts), edges: edgesOf(design, platform, parts) }
}

function groupsOf(design: Design, platform: Platform, { services, doors, partners }: Parts): Group[] {
  const isServerless = platform.id === 'serverless'
  const region = regionOf(design)
  const stores = [...new Set(services.flatMap(({ store }) => store ?? []))]
  const sign: Node = { id: 'sign', label: platform.sign, detail: 'Sign-in' }
  return [
    {
      id: 'clients',
      title: 'Clients',
      nodes: design.domain.clients.map(([name]) => name).map(outside('client')),
    },
    {
      id: 'edge',
      title: isServerless ? 'Edge' : 'Ingress',
      nodes: [...doors.map((door): Node => ({ id: `door-${door}`, label: platform.doors[door] })), sign],
    },
    {
      id: 'services',
      title: `${isServerless ? 'Functions' : 'Services'}${region}`,
      nodes: services.map(({ id, name, work }): Node => ({ id, label: name, detail: platform.works[work] })),
    },
    { id: 'messaging', title: isServerless ? 'Events' : 'Messaging', nodes: queuesOf(platform, services) },
    {
      id: 'data',
      title: `Data${region}`,
      nodes: stores.map((store): Node => ({
        id: `store-${store}`,
        label: platform.stores[store],
        detail: store,
        shape: 'store',
      })),
    },
    { id: 'partners', title: 'Partners', nodes: partners.map(outside('partner')) },
    { id: 'operations', title: 'Operations', nodes: operationsOf(platform, design.constraints) },
  ]
}

function regionOf({ constraints }: Design): string {
  if (constraints.includes('eu-only')) return ' (EU regions)'
  return constraints.includes('multi-region') ? ' (each region)' : ''
}

const outside =
  (kind: string) =>
  (label: string): Node => ({ id: `${kind}-${label}`, label, shape: 'outside' })

/** The bus, and a queue of its own for streams where the platform has one. */
function queuesOf({ bus, stream }: Platform, services: readonly Service[]): Node[] {
  const hasStream = stream !== bus && services.some(({ work }) => work === 'stream')
  return [
    { id: 'bus', label: bus, shape: 'queue' },
    ...(hasStream ? [{ id: 'stream', label: stream, shape: 'queue' } as const] : []),
  ]
}

function operationsOf({ id }: Platform, constraints: readonly string[]): Node[] {
  const has = (constraint: string) => constraints.includes(constraint)
  const nodes: Node[] =
    id === 'serverless'
      ? [{ id: 'watch', label: 'CloudWatch and X-Ray', detail: 'Logs, traces, alarms' }]
      : [
          { id: 'watch', label: 'Prometheus and Grafana', detail: 'Metrics, traces, alarms' },
          { id: 'release', label: 'Argo CD', detail: 'Releases from git' },
        ]
  if (has('high-availability'))
    nodes.push({ id: 'standby', label: 'Standby region', detail: 'Replicas, tested failover' })
  if (has('multi-region'))
    nodes.push({ id: 'router', label: 'Latency routing', detail: 'Nearest region, home region of data' })
  if (has('eu-only'))
    nodes.push({ id: 'residency', label: 'Residency guard', detail: 'Denies resources outside the EU' })
  if (has('low-cost'))
    nodes.push({
      id: 'budget',
      label: 'Budget alarms',
      detail: id === 'serverless' ? 'Caps on concurrency' : 'Spot nodes, scale to zero at night',
    })
  return nodes
}

function edgesOf({ domain }: Design, platform: Platform, { services, doors }: Parts): Edge[] {
  const stream = platform.stream === platform.bus ? 'bus' : 'stream'
  const ids = new Set(services.map(({ id }) => id))
  const flows = domain.flows.filter(([from, , to]) => ids.has(from) && ids.has(to))
  return [
    ...domain.clients.flatMap(([name, by]) => clientEdges(name, by)),
    ...doors
      .filter((door) => door !== 'web' && !domain.clients.some(([, by]) => by === door))
      .flatMap((door) => clientEdges(domain.clients[0]?.[0] ?? '', door)),
    ...doors
      .filter((door) => door !== 'web' && door !== 'cdn')
      .map((door): Edge => ({ from: `door-${door}`, to: stream, isAsync: true })),
    ...(doors.includes('cdn') ? [{ from: 'door-cdn', to: 'door-web' }] : []),
    { from: 'door-web', to: 'sign' },
    ...services.flatMap((service) => edgesOfService(service, doors, stream)),
    ...flows.flatMap(([from, label, to]): Edge[] => [
      { from, to: 'bus', label, isAsync: true },
      { from: 'bus', to, isAsync: true },
    ]),
  ]
}

/** Who holds a socket open also calls the API. */
const clientEdges = (name: string, door: Door): Edge[] =>
  (door === 'socket' ? [door, 'web'] : [door]).map((to) => ({ from: `client-${name}`, to: `door-${to}` }))

function edgesOfService({ id, work, store, calls }: Service, doors: readonly Door[], stream: string): Edge[] {
  const isCalled = work === 'request' || work === 'flow'
  return [
    ...(isCalled ? [{ from: doors.includes('web') ? 'door-web' : `door-${doors[0]}`, to: id }] : []),
    ...(work === 'event' ? [{ from: 'bus', to: id, isAsync: true }] : []),
    ...(work === 'stream' ? [{ from: stream, to: id, isAsync: true }] : []),
    ...(store ? [{ from: id, to: `store-${store}` }] : []),
    ...(calls ? [{ from: id, to: `partner-${calls}` }] : []),
  ]
}
