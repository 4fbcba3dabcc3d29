// After tsc: what the built programs need besides JavaScript, and the command `tildegate` where npx looks for it.
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'

for (const folder of ['gateway/pages', 'agent/sites']) {
  if (existsSync(`${folder}/assets`)) cpSync(`${folder}/assets`, `dist/${folder}/assets`, { recursive: true })
}

// The app's engine looks for the built-in sites beside itself.
cpSync('agent/sites/assets', 'dist/app/main/assets', { recursive: true })

// Not as "bin" in package.json: npx would then install the whole folder into its cache before each first run.
const main = 'dist/cli/main.js'
const link = 'node_modules/.bin/tildegate'
chmodSync(main, 0o755)
mkdirSync('node_modules/.bin', { recursive: true })
rmSync(link, { force: true })
if (process.platform === 'win32')
  writeFileSync(`${link}.cmd`, `@node "%~dp0\\..\\..\\dist\\cli\\main.js" %*\r\n`)
else symlinkSync(`../../${main}`, link)
