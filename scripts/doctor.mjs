// `npm run doctor`: what is wrong with this setup, why it matters, and how it is mended.
import { CHECKS } from './doctor/checks.mjs'
import { isMain, ROOT } from './project.mjs'
import { colorsFor, Failure, runMain } from './terminal.mjs'

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  if (args.length > 0) throw new Failure('Looks for what is wrong with this setup: npm run doctor')
  const { green, red, dim } = colorsFor(process.stdout)
  const place = { root: ROOT, port: Number(process.env['PORT'] || 8787), nodeVersion: process.versions.node }
  let count = 0
  for (const { name, isGround, run } of CHECKS) {
    const problems = await run(place)
    count += problems.length
    if (problems.length === 0) console.log(`${name.padEnd(10)} ${green('ok')}`)
    for (const { what, why, mend } of problems) {
      console.log(`${name.padEnd(10)} ${red(what)}`)
      for (const line of [why, mend]) if (line) console.log(`${' '.repeat(11)}${dim(line)}`)
    }
    if (problems.length > 0 && isGround) break
  }
  console.log(count === 0 ? 'All is well' : `${count} to mend`)
  return count === 0 ? 0 : 1
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
