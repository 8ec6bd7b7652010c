import { get } from 'node:http'
import { build } from './run/build.ts'
import type { Bundle } from './run/build.ts'
import type { Bench } from './run/report.ts'
import { judge, kib, times } from './run/report.ts'
import { interleave } from './run/stats.ts'
import { serve } from './run/workerd.ts'

const AIM_KIB = 270
const GATE_KIB = 300
const ROUNDS = 8

export const size: Bench = {
  name: 'size',
  about: 'the whole Worker as it is uploaded, and what a cold start of it takes',
  async *run() {
    const [kit, bare] = [await build('wrangler.toml'), await build('bench/bare/wrangler.toml')]
    yield {
      what: 'minified, gzip',
      found: `${kib(kit.gzipBytes)}, ${kib(kit.script.length)} raw; bare ${kib(bare.gzipBytes)}`,
      aim: `${AIM_KIB} KiB, gate ${GATE_KIB}`,
      verdict: judge(kit.gzipBytes / 1024, AIM_KIB, GATE_KIB),
    }
    // workerd itself takes most of the time, so it is taken off.
    const empty = { ...bare, script: Buffer.from(`export default { fetch: () => new Response('ok') }`) }
    const floor = await interleave(
      ROUNDS,
      () => coldStart(kit),
      () => coldStart(empty),
    )
    const both = await interleave(
      ROUNDS,
      () => coldStart(kit),
      () => coldStart(bare),
    )
    const [kitMs, bareMs] = [both.kit.median - floor.bare.median, both.bare.median - floor.bare.median]
    yield {
      what: 'CPU until the first answer, less workerd',
      found: `${times(kitMs / bareMs)}  ${kitMs.toFixed(0)} / ${bareMs.toFixed(0)} ms`,
    }
  },
}

/** CPU milliseconds of a new workerd until it has given one answer. */
async function coldStart(bundle: Bundle): Promise<number> {
  const worker = await serve(bundle)
  try {
    await new Promise((resolve, reject) => {
      const sent = get(`${worker.url}/health`, (response) => response.resume().once('end', resolve))
      sent.once('error', reject)
    })
    return worker.cpuMs()
  } finally {
    await worker.stop()
  }
}
