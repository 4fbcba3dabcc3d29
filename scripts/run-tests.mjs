// `npm test`: the checks, then every test, then one closing line that scripts can read.
// What needs more than Node (root, network namespaces, a browser) is skipped here and named with the way to get it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'

const only = process.argv.slice(2)
const results = 'dist/test-results.json'

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return status ?? 1
}

function closing(passed, failed, skipped) {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exit(failed === 0 ? 0 : 1)
}

mkdirSync('dist', { recursive: true })
rmSync(results, { force: true })
const failedChecks = only.length === 0 && run('npm', ['run', '--silent', 'check']) !== 0 ? 1 : 0
if (run('npm', ['run', '--silent', 'build']) !== 0) closing(0, 1, 0)
const status = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...only,
])

const report = JSON.parse(readFileSync(results, 'utf8'))
const skipped = report.testResults
  .flatMap(file => file.assertionResults)
  .filter(test => test.status === 'skipped' || test.status === 'pending')
for (const group of new Set(skipped.map(test => test.ancestorTitles[0] ?? test.title)))
  console.log(`skipped: ${group}`)
const brokenFiles = report.testResults.filter(
  file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
)
if (failedChecks > 0) console.log('`npm run check` failed: see the beginning of the output.')
for (const file of brokenFiles) console.log(`did not run: ${file.name}`)
const failed = failedChecks + report.numFailedTests + brokenFiles.length
closing(report.numPassedTests, failed === 0 && status !== 0 ? 1 : failed, skipped.length)
