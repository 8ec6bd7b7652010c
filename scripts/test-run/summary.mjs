// The last line of `npm test`, from what vitest's JSON reporter wrote.

/**
 * @typedef {object} VitestReport the part that is read
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} [numTodoTests]
 * @property {{ name: string, status: string, message?: string, assertionResults: { status: string }[] }[]} testResults
 */

/**
 * @param {VitestReport | undefined} report undefined when vitest died before it wrote one
 * @param {number} exitCode vitest's own
 * @returns {{ line: string, exitCode: number, notes: string[] }} notes belong above the line
 */
export function summarize(report, exitCode) {
  if (!report) {
    return {
      line: countLine(0, 1, 0),
      exitCode: exitCode || 1,
      notes: ['vitest ended without a report: see above'],
    }
  }
  // A file that does not load has no failed test in it, and still must not look like success.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  const passed = report.numPassedTests
  const failed = report.numFailedTests + broken.length
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0)
  const notes = broken.map(({ name }) => `could not be run, counted as one failure: ${name}`)
  if (passed + failed === 0) notes.push('no test was run, which counts as a failure')
  else if (failed === 0 && exitCode !== 0)
    notes.push(`vitest ended with code ${exitCode}: an error outside of the tests, see above`)
  const isBad = failed > 0 || passed + failed === 0
  return { line: countLine(passed, failed, skipped), exitCode: exitCode || (isBad ? 1 : 0), notes }
}

/** @param {number} passed @param {number} failed @param {number} skipped */
function countLine(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
