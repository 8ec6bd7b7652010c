/** V8's inspector of a served Worker: https://chromedevtools.github.io/devtools-protocol/v8/ */
export interface Inspector {
  send(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>
  close(): void
}

interface Reply {
  id?: number
  result?: Record<string, unknown>
  error?: { message: string }
}

export async function openInspector(url: string): Promise<Inspector> {
  const response = await fetch(`${url}/json/list`)
  const [target]: { webSocketDebuggerUrl: string }[] = JSON.parse(await response.text())
  if (!target) throw new Error('Cannot inspect the Worker: workerd lists none')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>()
  socket.addEventListener('message', ({ data }) => {
    const { id = -1, result = {}, error }: Reply = JSON.parse(String(data))
    if (error) waiting.get(id)?.reject(new Error(error.message))
    else waiting.get(id)?.resolve(result)
    waiting.delete(id)
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('Cannot inspect the Worker: no connection')))
  })
  let last = 0
  return {
    send: (method, params = {}) => {
      const reply = Promise.withResolvers<Record<string, unknown>>()
      last += 1
      waiting.set(last, reply)
      socket.send(JSON.stringify({ id: last, method, params }))
      return reply.promise
    },
    close: () => socket.close(),
  }
}

/** What is alive, in bytes: garbage is collected first. */
export async function readHeap({ send }: Inspector): Promise<number> {
  await send('HeapProfiler.collectGarbage')
  const { usedSize } = await send('Runtime.getHeapUsage')
  return Number(usedSize)
}
