import type { Part, ReasoningPart, ToolCallPart, ToolPart } from '../../protocol/message.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'
import { readApproval, withApproval } from './approval.ts'
import { redactedReasoning, signedReasoning } from './reasoning.ts'
import { toError } from './tool-output.ts'
import { DECLINED } from './write-ui.ts'

/** The parts of the AI SDK's UI messages of version 4, with what Mastra adds to them where it stores them. */
export function readPartV4(value: unknown, place: Place, own?: ReadOwn): Part[] {
  const fields = new Fields(value, place, 'a part')
  // Mastra notes at each part when it came.
  fields.skip('createdAt')
  const type = fields.text('type')
  const parts = own?.(fields, type) ? [] : readSaid(fields, type)
  if (parts) fields.close()
  return parts ?? []
}

/** Reads a part that stands for something else, and says whether it was one. */
export type ReadOwn = (fields: Fields, type: string) => boolean

/** Undefined if the part is lost as a whole. */
function readSaid(fields: Fields, type: string): Part[] | undefined {
  const { place } = fields
  switch (type) {
    case 'text':
      return [{ type, text: fields.text('text'), ...provider(fields) }]
    case 'reasoning':
      return readReasoning(fields)
    case 'step-start':
      return [{ type, ...defined({ model: fields.maybeText('model') }) }]
    case 'file': {
      const named = fields.maybeText('mimeType') ?? fields.maybeText('mediaType')
      const key = fields.has('url') ? 'url' : 'data'
      const filename = fields.maybeText('filename')
      const file = readFile(
        fields.take(key),
        { mediaType: named, filename, ...provider(fields) },
        fields.at(key),
      )
      return file && [file]
    }
    case 'source':
      return readSource(fields)
    case 'source-document': {
      const [id, mediaType] = [fields.text('sourceId'), fields.text('mediaType')]
      const [title, filename] = [fields.maybeText('title') || undefined, fields.maybeText('filename')]
      return [{ type: 'source', id, mediaType, ...defined({ title, filename }), ...provider(fields) }]
    }
    case 'tool-invocation': {
      const call = readInvocation(fields)
      return call && [call]
    }
    default:
      lose(place, `a part "${type}"`)
      return undefined
  }
}

function provider(fields: Fields): Pick<ToolCallPart, 'providerMetadata'> {
  return defined({ providerMetadata: fields.provider('providerMetadata') })
}

function readReasoning(fields: Fields): ReasoningPart[] {
  const whole = fields.maybeText('reasoning') ?? fields.maybeText('text')
  const details = fields.maybeList('details')
  const { providerMetadata } = provider(fields)
  if (details.length === 0) return [signedReasoning(whole ?? '', undefined, providerMetadata)]
  return details.map(([value, place], i) => {
    const detail = new Fields(value, place, 'a detail of the reasoning')
    const type = detail.text('type')
    const own = i === 0 ? providerMetadata : undefined
    if (type !== 'text' && type !== 'redacted')
      throw invalidAt(detail.at('type'), 'must be "text" or "redacted"')
    const said = detail.text(type === 'text' ? 'text' : 'data')
    const signature = detail.maybeText('signature')
    detail.close()
    if (type === 'redacted') return redactedReasoning(said, own)
    // Where the words are not in the one detail, they are in the whole.
    return signedReasoning(details.length === 1 ? said || whole || '' : said, signature, own)
  })
}

function readSource(fields: Fields): Part[] {
  const source = fields.maybeFields('source') ?? fields
  source.skip('sourceType')
  const [id, url] = [source.text('id'), source.text('url')]
  const title = source.maybeText('title') || undefined
  const inner = provider(source)
  if (source !== fields) source.close()
  return [{ type: 'source', id, url, ...defined({ title }), ...inner, ...provider(fields) }]
}

/** A call whose input is still being written is none yet. */
function readInvocation(fields: Fields): ToolPart | undefined {
  const invocation = fields.maybeFields('toolInvocation')
  if (!invocation) throw invalidAt(fields.at('toolInvocation'), 'must be a call of a tool')
  const executed = fields.maybeFlag('providerExecuted') && ({ providerExecuted: true } as const)
  return readCallV4(invocation, { ...provider(fields), ...executed })
}

/** A call with what came of it, as `toolInvocations` lists them, too. */
export function readCallV4(
  fields: Fields,
  more: Pick<ToolCallPart, 'providerExecuted' | 'providerMetadata'> = {},
): ToolPart | undefined {
  const [toolCallId, toolName, state] = [
    fields.text('toolCallId'),
    fields.text('toolName'),
    fields.text('state'),
  ]
  if (state === 'partial-call') {
    lose(fields.place, `the call of "${toolName}"`, 'its input is still being written')
    return undefined
  }
  // Which step it is of follows from where it stands.
  fields.skip('step')
  const input = fields.input('args', 'rawInput')
  const approval = readApproval(fields)
  const named = { type: 'tool', toolCallId, toolName, input, ...more } as const
  const shown = state === 'result' ? 'output-available' : state
  const call = withApproval(named, approval, shown)
  const part = withState(fields, call, state, approval)
  fields.close()
  return part
}

function withState(
  fields: Fields,
  call: ToolCallPart,
  state: string,
  approval: ToolCallPart['approval'],
): ToolPart {
  switch (state) {
    case 'call':
      return { ...call, state: 'pending' }
    case 'result': {
      const output = fields.json('result') ?? null
      if (!fields.maybeFlag('isError')) return { ...call, state: 'done', output }
      const text = typeof output === 'string' ? output : JSON.stringify(output)
      return { ...call, state: 'failed', error: toError(text) }
    }
    case 'output-error':
      return { ...call, state: 'failed', error: toError(fields.text('errorText')) }
    case 'output-denied': {
      const message = approval?.reason ?? DECLINED
      return { ...call, state: 'failed', error: { code: 'tool_declined', message } }
    }
    case 'approval-requested':
      return { ...call, state: 'waiting', wait: { for: 'approval' } }
    case 'approval-responded': {
      const reason = defined({ reason: approval?.reason })
      const answer = approval?.approved
        ? ({ type: 'approve' } as const)
        : ({ type: 'decline', ...reason } as const)
      return { ...call, state: 'answered', wait: { for: 'approval' }, answer }
    }
    default:
      throw invalidAt(fields.at('state'), 'must be a state of a tool call')
  }
}
