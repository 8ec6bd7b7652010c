import type { Target } from './run/client.ts'
import { ask, kitAt } from './run/client.ts'
import { build } from './run/build.ts'
import { openInspector, readHeap } from './run/inspector.ts'
import { startModel } from './run/model.ts'
import type { Bench } from './run/report.ts'
import { judge } from './run/report.ts'
import { modelVars } from './run/sides.ts'
import { serve } from './run/workerd.ts'

const THREADS = 50
const AT_ONCE = 10
/** By then code is compiled and every thread has more history than its agent is shown. */
const WARM_UP_TURNS = 500
const TURNS = 1000
/** A heap that keeps what a turn leaves behind would have grown by more than this many bytes a turn. */
const BYTES_A_TURN = 500

export const heap: Bench = {
  name: 'heap',
  about: `memory after ${TURNS} more turns over ${THREADS} threads`,
  async *run() {
    const model = await startModel()
    const bundle = await build('bench/kit/wrangler.toml')
    const worker = await serve(bundle, { vars: modelVars(model.url), isInspected: true })
    const inspector = await openInspector(worker.inspectorUrl ?? '')
    try {
      const target = kitAt(worker.url)
      const read = async () => ({ heap: await readHeap(inspector), rss: worker.rssBytes() })
      await turns(target, WARM_UP_TURNS)
      const before = await read()
      await turns(target, TURNS)
      const after = await read()
      const grown = (after.heap - before.heap) / TURNS
      yield {
        what: 'V8 heap, after a collection',
        found: `${mib(before.heap)} to ${mib(after.heap)}, ${grown.toFixed(0)} bytes a turn`,
        aim: `flat: ${BYTES_A_TURN} bytes a turn`,
        verdict: judge(grown, BYTES_A_TURN),
      }
      yield { what: 'resident memory of workerd', found: `${mib(before.rss)} to ${mib(after.rss)}` }
    } finally {
      inspector.close()
      await Promise.all([worker.stop(), model.stop()])
    }
  },
}

async function turns(target: Target, count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, place) => `heap-${(done + place) % THREADS}`)
    await Promise.all(batch.map((thread) => ask(target, 'stream 20 words', thread)))
  }
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
