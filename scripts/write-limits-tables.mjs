// Writes the tables of limits in docs/config.md from the code: `npm run docs`. A test compares them.
import { readFileSync, writeFileSync } from 'node:fs'
import { visitorLimitTable } from '../gateway/http/limits.ts'
import { gatewayLimitTable } from '../gateway/limits.ts'

const tables = { gateway: gatewayLimitTable, visitors: visitorLimitTable }
const page = 'docs/config.md'

function markdown(table) {
  const rows = Object.entries(table).map(
    ([name, { value, unit, reason }]) => `| \`${name}\` | ${value} | ${unit} | ${reason} |`,
  )
  return ['| limit | default | unit | what it is for |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

const text = readFileSync(page, 'utf8').replace(
  /<!-- limits:(\w+) -->[\s\S]*?<!-- \/limits -->/g,
  (_, name) => `<!-- limits:${name} -->\n${markdown(tables[name])}\n<!-- /limits -->`,
)
writeFileSync(page, text)
