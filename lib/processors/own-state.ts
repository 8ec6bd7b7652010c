/** A typed place beside a `state` or `stepState`: the same record gives the same value, which is gone with it. */
export function createOwnState<Value>(make: () => Value): (record: Record<string, unknown>) => Value {
  const values = new WeakMap<Record<string, unknown>, Value>()
  return (record) => {
    const known = values.get(record)
    if (known !== undefined) return known
    const made = make()
    values.set(record, made)
    return made
  }
}
