/** Stands in for @ai-sdk/gateway, which `ai` imports and no model here goes through. */
export class GatewayError extends Error {}
export class GatewayAuthenticationError extends GatewayError {}

export function createGateway(): never {
  throw new GatewayError('Cannot use the AI gateway: the kit resolves models itself')
}

export const gateway = createGateway
