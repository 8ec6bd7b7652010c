// Part of `npm run ok`: rooms import only what scripts/imports/table.mjs lets them, and no imports go in a circle.
import { checkImports } from './imports/rules.mjs'
import { ROOT } from './project.mjs'

const { problems, files } = checkImports(ROOT)
for (const problem of problems) console.error(problem)
console.log(`${files} files, ${problems.length} forbidden imports or circles`)
process.exitCode = problems.length > 0 ? 1 : 0
