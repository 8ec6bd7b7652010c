/** Where a message stands: the thread's object, the turn there, and whether it asked (0) or answered (1). */
export interface Place {
  address: string
  turn: number
  index: number
}

/** The id of a message's vector. Longer messages have more than one: `piece` counts them. */
export function vectorId({ address, turn, index }: Place, piece = 0): string {
  const id = `${turnPrefix(address, turn)}${index}`
  return piece === 0 ? id : `${id}/${piece}`
}

/** What the ids of all vectors of a turn begin with. An address holds no "#": its parts are escaped. */
export function turnPrefix(address: string, turn: number): string {
  return `${threadPrefix(address)}${turn.toString(36).padStart(8, '0')}.`
}

export function threadPrefix(address: string): string {
  return `${address}#`
}

/** The place that an id of {@link vectorId} names; undefined for any other. */
export function placeOfVector(id: string): Place | undefined {
  const [, address, turn = '', index] = /^(.+)#([0-9a-z]{8,})\.([01])(?:\/\d+)?$/.exec(id) ?? []
  return address === undefined
    ? undefined
    : { address, turn: Number.parseInt(turn, 36), index: Number(index) }
}
