export const FIRST_QUESTION: string
export const FOLLOW_UPS: readonly string[]
