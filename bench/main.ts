import { availableParallelism } from 'node:os'
import { cpu } from './cpu.ts'
import { heap } from './heap.ts'
import { memory } from './memory.ts'
import type { Bench } from './run/report.ts'
import { toLine } from './run/report.ts'
import { size } from './size.ts'
import { bytes, rows } from './storage.ts'
import { streams } from './streams.ts'
import { ttft } from './ttft.ts'
import { upstash } from './upstash.ts'
import { vectors } from './vectors.ts'
import { workflows } from './workflows.ts'

const BENCHES: readonly Bench[] = [
  cpu,
  ttft,
  size,
  rows,
  bytes,
  heap,
  streams,
  memory,
  upstash,
  vectors,
  workflows,
]

const HELP = `Measures the kit against a bare Worker that calls streamText, side by side: npm run bench [-- names]

${BENCHES.map(({ name, about }) => `  ${name.padEnd(9)}${about}`).join('\n')}`

async function main(names: readonly string[]): Promise<number> {
  if (names.includes('--help') || names.includes('-h')) {
    console.log(HELP)
    return 0
  }
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown !== undefined) {
    console.error(`There is no bench "${unknown}" (have: ${BENCHES.map(({ name }) => name).join(', ')})`)
    return 1
  }
  console.log(`${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores`)
  for (const bench of BENCHES) {
    if (names.length > 0 && !names.includes(bench.name)) continue
    console.log(`\n${bench.name}: ${bench.about}`)
    for await (const finding of bench.run()) console.log(toLine(finding))
  }
  return 0
}

// The sockets of the client would keep the process alive.
process.exit(await main(process.argv.slice(2)))
