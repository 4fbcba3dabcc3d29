// After tsc: what the built programs need besides JavaScript, and the run bit of the command.
import { chmodSync, cpSync, existsSync } from 'node:fs'

for (const folder of ['gateway/pages', 'agent/sites']) {
  if (existsSync(`${folder}/assets`)) cpSync(`${folder}/assets`, `dist/${folder}/assets`, { recursive: true })
}
if (existsSync('dist/cli/main.js')) chmodSync('dist/cli/main.js', 0o755)
