import { describe, expect, it } from 'vitest'
import { redactSecrets } from './redact.ts'

describe('redactSecrets', () => {
  it.each([
    'sk-proj-Abc123def456ghi789',
    'sk-ant-api03-xyz789XYZ-abc',
    'rk_live_51Habc123DEF',
    'sk-abcde***********fghi',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'xoxb-123456789012-abcdef',
    'AIzaSyA1234567890abcdefghijklmnopqrstuv',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
    'Bearer abcdef.123456~/+=',
    'bearer  opaque-token-value',
  ])('takes out %s, and leaves what is around it', (secret) => {
    expect(redactSecrets(`Incorrect key "${secret}", see the docs.`)).toBe(
      'Incorrect key "[redacted]", see the docs.',
    )
  })

  it('takes out every one there is', () => {
    expect(redactSecrets('sk-aaaaaaaa1 then sk-bbbbbbbb2')).toBe('[redacted] then [redacted]')
    expect(redactSecrets('sk-aaaaaaaa1')).toBe('[redacted]')
  })

  it.each([
    'The key is missing',
    'token_limit_exceeded: the prompt holds too many tokens',
    'insufficient_quota',
    'key-value-store is not configured',
    'invalid_api_key',
    'task-list-of-123456 and desk-lamp-200',
    'the bearer of this letter',
  ])('leaves words alone: %s', (text) => {
    expect(redactSecrets(text)).toBe(text)
  })
})
