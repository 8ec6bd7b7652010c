// Preloaded into wrangler's process (`node --import`). Its standard input is a pipe that our script holds: when
// the script is gone, however it died, the pipe closes and the whole process group goes, so no server is orphaned.
process.stdin.on('error', leave).on('end', leave).on('close', leave)
process.stdin.resume()
// @ts-expect-error -- a pipe's stream has unref, its type does not know
process.stdin.unref?.()

function leave() {
  try {
    // The group's id is our own pid: we were started detached, as the leader of a group.
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(1)
  }
}
