/** All that a resource owns is erased, if it was begun no later than `before`, in milliseconds since 1970. */
export interface Erasing {
  resourceId: string
  before: number
  /** Its indexes go as well: nothing needs to be taken out of them. */
  withIndexes?: true
}
