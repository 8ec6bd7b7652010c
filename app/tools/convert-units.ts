import { createTool } from 'edgewise'
import * as z from 'zod'

/** Each unit as a multiple of its kind's base unit. */
const UNITS = {
  length: { meter: 1, kilometer: 1000, mile: 1609.344, foot: 0.3048, inch: 0.0254 },
  mass: { gram: 1, kilogram: 1000, pound: 453.592_37, ounce: 28.349_523_125 },
} as const

const unit = z.enum(['meter', 'kilometer', 'mile', 'foot', 'inch', 'gram', 'kilogram', 'pound', 'ounce'])

export const convertUnits = createTool({
  id: 'convert-units',
  description: 'Converts a length or a weight from one unit to another',
  inputSchema: z.object({ value: z.number().describe('The amount to convert'), from: unit, to: unit }),
  outputSchema: z.object({ value: z.number(), unit }),
  readOnly: true,
  execute: ({ value, from, to }) => {
    const kinds: Record<string, number>[] = Object.values(UNITS)
    const kind = kinds.find((units) => from in units && to in units)
    const [source, target] = [kind?.[from], kind?.[to]]
    if (source === undefined || target === undefined)
      throw new RangeError(`${from} and ${to} measure different things`)
    return { value: Number(((value * source) / target).toPrecision(8)), unit: to }
  },
})
