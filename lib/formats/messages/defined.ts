type Present<Value> = { [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key] } & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>
}

/** The object without its fields that are undefined. */
export function defined<const Value extends object>(value: Value): Present<Value> {
  // What is left has exactly the fields that are not undefined, which is what the type says.
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Present<Value>
}
