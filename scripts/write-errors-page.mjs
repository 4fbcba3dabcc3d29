// Writes docs/errors.md from the table in shared/errors.ts: `npm run docs`. A test compares the two.
import { writeFileSync } from 'node:fs'
import { errorTable } from '../shared/errors.ts'

const retry = {
  backoff: 'by itself, 1 s to 60 s',
  slow: 'by itself, from 60 s on',
  'needs-user': 'at most every 5 min; needs you',
  never: 'no',
}
const titles = {
  config: 'Settings and files',
  wire: 'Protocol and HTTP',
  auth: 'Proving who you are',
  net: 'Network',
  link: 'The line between agent and gateway',
  limit: 'Limits',
  store: 'Where secrets are kept',
  target: 'The service behind a tunnel',
  internal: 'Inside Tildegate',
}
const lines = [
  '# Errors',
  '',
  'Every failure that a user can meet has a code. It stands in the log, in `--status-json` and in the JSON',
  'that visitors’ programs get. `{word}` is filled in. This page is written from `shared/errors.ts`',
  '(`npm run docs`), and a test compares the two.',
]
for (const [category, title] of Object.entries(titles)) {
  const rows = Object.entries(errorTable).filter(([, row]) => row.category === category)
  if (rows.length === 0) continue
  lines.push('', `## ${title}`, '', '| code | what happened | what to do | tried again | visitors get |')
  lines.push('| --- | --- | --- | --- | --- |')
  for (const [code, row] of rows)
    lines.push(`| \`${code}\` | ${row.text} | ${row.mend} | ${retry[row.retry]} | ${row.http ?? ''} |`)
}
writeFileSync('docs/errors.md', `${lines.join('\n')}\n`)
