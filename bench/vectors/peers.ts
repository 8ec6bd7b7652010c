import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tempFolder } from '../run/children.ts'
import type { Finding } from '../run/report.ts'
import { percentile } from '../run/stats.ts'
import { matrixOf } from './exact.ts'
import { DIMENSION, vectorOf } from './sets.ts'

/** They are no part of this project: installed for the bench alone, into a folder that goes with it. */
const PEERS = ['sqlite-vec@0.1.9', 'usearch@2.26.2']
const ROUNDS = 15
const TOP_K = 10

interface SqliteVec {
  getLoadablePath(): string
}

interface Usearch {
  MetricKind: { Cos: unknown }
  exactSearch(
    all: Float32Array,
    query: Float32Array,
    dimension: number,
    count: number,
    metric: unknown,
    threads: number,
  ): unknown
}

/** The same vectors and queries in Node, each on one core, without a process between. */
export async function* measurePeers(counts: readonly number[]): AsyncGenerator<Finding> {
  const folder = tempFolder()
  try {
    const npm = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', ...PEERS]
    execFileSync('npm', npm, { stdio: 'pipe', timeout: 120_000 })
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    yield { what: PEERS.join(', '), found: `NOT MEASURED: they could not be installed (${why})` }
    return
  }
  const load = createRequire(join(folder, 'here.js'))
  // The packages that were just installed.
  const [sqliteVec, usearch] = [load('sqlite-vec') as SqliteVec, load('usearch') as Usearch]
  for (const count of counts) {
    yield* measureSqliteVec(sqliteVec, count)
    const all = matrixOf('unstructured', count)
    const search = (query: Float32Array): unknown =>
      usearch.exactSearch(all, query, DIMENSION, TOP_K, usearch.MetricKind.Cos, 1)
    yield { what: `usearch exact, floats, ${count}`, found: p50(search) }
  }
}

function* measureSqliteVec(sqliteVec: SqliteVec, count: number): Generator<Finding> {
  const all = matrixOf('unstructured', count)
  const database = new DatabaseSync(':memory:', { allowExtension: true })
  database.loadExtension(sqliteVec.getLoadablePath())
  const metric = 'distance_metric=cosine'
  database.exec(`CREATE VIRTUAL TABLE floats USING vec0(v float[${DIMENSION}] ${metric})`)
  database.exec(`CREATE VIRTUAL TABLE bytes USING vec0(v int8[${DIMENSION}] ${metric})`)
  const [floats, bytes] = [
    database.prepare('INSERT INTO floats (v) VALUES (?)'),
    database.prepare('INSERT INTO bytes (v) VALUES (vec_int8(?))'),
  ]
  database.exec('BEGIN')
  for (let n = 0; n < count; n += 1) {
    const vector = all.subarray(n * DIMENSION, (n + 1) * DIMENSION)
    floats.run(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
    bytes.run(toBytes(vector))
  }
  database.exec('COMMIT')
  const [ofFloats, ofBytes] = [
    database.prepare(`SELECT rowid, distance FROM floats WHERE v MATCH ? AND k = ${TOP_K}`),
    database.prepare(`SELECT rowid, distance FROM bytes WHERE v MATCH vec_int8(?) AND k = ${TOP_K}`),
  ]
  yield {
    what: `sqlite-vec, floats, ${count}`,
    found: p50((query) => ofFloats.all(new Uint8Array(query.buffer))),
  }
  yield {
    what: `sqlite-vec, bytes, not rescored, ${count}`,
    found: p50((query) => ofBytes.all(toBytes(query))),
  }
  database.close()
}

function toBytes(vector: Float32Array): Uint8Array {
  const largest = vector.reduce((most, number) => Math.max(most, Math.abs(number)), 0)
  return new Uint8Array(Int8Array.from(vector, (number) => Math.round((number / largest) * 127)).buffer)
}

function p50(search: (query: Float32Array) => unknown): string {
  const queries = Array.from({ length: ROUNDS }, (_, at) =>
    Float32Array.from(vectorOf('unstructured', -1 - at)),
  )
  const times = queries.map((query) => {
    const began = performance.now()
    search(query)
    return performance.now() - began
  })
  return `${percentile(times, 0.5).toFixed(2)} ms`
}
