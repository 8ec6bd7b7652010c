// The package from its own modules, so that what they import can be left out (docs/decisions/0013).
export * from '../../node_modules/@ai-sdk/provider-utils/src/index.ts'
export { createEventSourceResponseHandler } from './event-source.ts'
