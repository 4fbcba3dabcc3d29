// `npm run e2e`: builds, then the app's end-to-end tests alone. The last line is "N passed, N failed".
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'

const results = 'dist/e2e-results.json'

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return status ?? 1
}

function closing(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}

mkdirSync('dist', { recursive: true })
rmSync(results, { force: true })
if (run('npm', ['run', '--silent', 'build']) !== 0) closing(0, 1)
const only = process.argv.slice(2)
const status = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...(only.length === 0 ? ['tests/e2e'] : only),
])
if (!existsSync(results)) closing(0, 1)
const report = JSON.parse(readFileSync(results, 'utf8'))
const broken = report.testResults.filter(
  file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
)
const failed = report.numFailedTests + broken.length
closing(report.numPassedTests, failed === 0 && status !== 0 ? 1 : failed)
