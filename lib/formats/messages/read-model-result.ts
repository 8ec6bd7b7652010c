import type { FilePart, TextPart, ToolPart } from '../../protocol/message.ts'
import type { Conversation } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'
import { done, doneWithContent, failed, toError } from './tool-output.ts'
import { DECLINED } from './write-ui.ts'

/** The result of a call: `output` with a tag from version 5 on, `result` and `isError` before. */
export function readResult(fields: Fields, into: Conversation): void {
  const toolCallId = fields.text('toolCallId')
  // They follow from the call.
  fields.skip('toolName', 'input', 'args')
  const change = fields.has('output') ? readOutput(fields) : readPlain(fields)
  into.settle((part) => part.toolCallId === toolCallId, change, fields.place)
}

type Change = (part: ToolPart) => ToolPart

function readPlain(fields: Fields): Change {
  const output = fields.json('result') ?? null
  if (!fields.maybeFlag('isError')) return (part) => done(part, output)
  const error = toError(typeof output === 'string' ? output : JSON.stringify(output))
  return (part) => failed(withAnswer(part), error)
}

function readOutput(fields: Fields): Change {
  const output = fields.maybeFields('output')
  if (!output) throw invalidAt(fields.at('output'), 'must be an output')
  const change = readTagged(output)
  output.close()
  return (part) => change(withAnswer(part))
}

function readTagged(output: Fields): Change {
  const type = output.text('type')
  switch (type) {
    case 'text': {
      const text = output.text('value')
      return (part) => done(part, text)
    }
    case 'json': {
      const value = output.json('value') ?? null
      if (typeof value === 'string') lose(output.place, 'that a text was sent as JSON')
      return (part) => done(part, value)
    }
    case 'error-text': {
      const error = toError(output.text('value'))
      return (part) => failed(part, error)
    }
    case 'error-json': {
      lose(output.place, 'that the error was JSON', 'an error of ours is a text')
      const message = JSON.stringify(output.json('value') ?? null)
      return (part) => failed(part, { code: 'tool_failed', message })
    }
    case 'execution-denied': {
      const message = output.maybeText('reason') ?? DECLINED
      return (part) => failed(part, { code: 'tool_declined', message })
    }
    case 'content': {
      const content = output.maybeList('value').flatMap(([value, at]) => readContent(value, at) ?? [])
      return (part) => doneWithContent(part, content)
    }
    default:
      throw invalidAt(output.at('type'), 'must be a kind of output')
  }
}

/** One of the texts and files that the model is shown. Undefined if it is lost. */
function readContent(value: unknown, place: Place): TextPart | FilePart | undefined {
  const fields = new Fields(value, place, 'a part')
  const type = fields.text('type')
  const provider = defined({ providerMetadata: fields.provider('providerOptions') })
  const source = SOURCES[type]
  if (type !== 'text' && source === undefined) {
    lose(place, `a part "${type}"`)
    return undefined
  }
  const part: TextPart | FilePart | undefined =
    source === undefined
      ? { type: 'text', text: fields.text('text'), ...provider }
      : readFile(
          fields.take(source),
          {
            mediaType: fields.maybeText('mediaType'),
            fallback: type.startsWith('image') ? 'image/*' : 'application/octet-stream',
            filename: fields.maybeText('filename'),
            ...provider,
          },
          fields.at(source),
        )
  fields.close()
  return part
}

/** The kinds of files, with the field that holds their content. */
const SOURCES: Record<string, string> = {
  media: 'data',
  file: 'data',
  'file-data': 'data',
  'file-url': 'url',
  'image-data': 'data',
  'image-url': 'url',
}

/** That a call was approved stays with its result. */
function withAnswer(part: ToolPart): ToolPart {
  if (part.state !== 'answered' || part.wait.for !== 'approval' || part.answer.type !== 'approve') return part
  const { id = part.toolCallId, reason } = part.approval ?? {}
  return { ...part, approval: { id, approved: true, ...defined({ reason }) } }
}
