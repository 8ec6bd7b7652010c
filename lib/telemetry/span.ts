import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api'
import { ROOT_CONTEXT, SpanStatusCode, isSpanContextValid, trace } from '@opentelemetry/api'
import { readThrown } from './thrown.ts'

/** Where spans are made, and under which span. Handed from floor to floor: nothing ambient is needed. */
export interface Telemetry {
  tracer: Tracer
  parent: Context
}

/** The global tracer of `@opentelemetry/api`: it does nothing until somebody registers a provider. */
export function createTelemetry(tracer: Tracer = trace.getTracer('edgewise')): Telemetry {
  return { tracer, parent: ROOT_CONTEXT }
}

/** A span by its ids, as it is handed to another object and kept with a turn. */
export interface TraceLink {
  traceId: string
  spanId: string
  traceFlags: number
}

/** The ids of a span; undefined if nobody records it. */
export function linkOf({ span }: OpenSpan): TraceLink | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return isSpanContextValid({ traceId, spanId, traceFlags }) ? { traceId, spanId, traceFlags } : undefined
}

/** The same telemetry under a span that was opened elsewhere. */
export function underLink(telemetry: Telemetry, link: TraceLink | undefined): Telemetry {
  if (!link) return telemetry
  return { ...telemetry, parent: trace.setSpanContext(ROOT_CONTEXT, { ...link, isRemote: true }) }
}

export interface OpenSpan {
  span: Span
  /** For the spans below this one. */
  telemetry: Telemetry
  /** Ends the span; with an error it is marked so. Once only, later calls do nothing. */
  end(error?: unknown): void
}

/**
 * Opens a span, for work that does not fit one function call, such as a stream. Names and attributes follow the
 * OpenTelemetry conventions for generative AI. Attributes must hold no text that a person or a model wrote.
 */
export function openSpan({ tracer, parent }: Telemetry, name: string, attributes: Attributes): OpenSpan {
  const span = tracer.startSpan(name, { attributes }, parent)
  let isEnded = false
  return {
    span,
    telemetry: { tracer, parent: trace.setSpan(parent, span) },
    end: (error) => {
      if (isEnded) return
      isEnded = true
      if (error !== undefined) {
        const { name, message } = readThrown(error)
        span.setStatus({ code: SpanStatusCode.ERROR, message })
        span.setAttribute('error.type', error instanceof Error ? name : typeof error)
      }
      span.end()
    },
  }
}

/** Whether a cache had what the span is about. */
export function noteCache({ span }: OpenSpan, { hit, level }: { hit: boolean; level?: string }): void {
  span.setAttribute('edgewise.cache.hit', hit)
  if (level !== undefined) span.setAttribute('edgewise.cache.level', level)
}

/** Runs `work` in a span of its own. */
export async function withSpan<Result>(
  telemetry: Telemetry,
  name: string,
  attributes: Attributes,
  work: (open: OpenSpan) => Promise<Result>,
): Promise<Result> {
  const open = openSpan(telemetry, name, attributes)
  try {
    const result = await work(open)
    open.end()
    return result
  } catch (error) {
    open.end(error)
    throw error
  }
}
