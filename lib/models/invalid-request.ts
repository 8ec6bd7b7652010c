import { isRecord } from '../protocol/json.ts'

/**
 * Whether a provider refused the request for what it holds, so that every other model would refuse it too: 400 or
 * 422, unless the refusal speaks of this model, this account or this place. Gemini says 400 to a wrong key, and
 * every provider to a conversation that is too long for the model.
 */
export function isInvalidRequest(error: unknown): boolean {
  if (!isRecord(error) || (error['statusCode'] !== 400 && error['statusCode'] !== 422)) return false
  return !OWN.test(`${JSON.stringify(error['data'] ?? null)} ${String(error['message'])}`)
}

/** Key, account and place; length; what the model cannot do or will not say; signatures that only it can read. */
const OWN = new RegExp(
  [
    'api.?key|permission|billing|credit|quota|precondition|location|region',
    'context.?(length|window)|(token count|tokens?) .*exceed|too (long|many tokens)|max(imum)?.{0,20}tokens',
    '(not|n.t|un).?(support|available|allowed|found|enabled)',
    'safety|content.?(policy|filter|management)|signature',
  ].join('|'),
  'i',
)
