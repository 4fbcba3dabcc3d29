/** The site of `site.ts` as a process of its own, so that a test can kill it: `node site-main.ts LABEL PORT`. */
import { startSite } from './site.ts'

const [, , label = 'site', port = '0'] = process.argv
const site = await startSite(label, Number(port))
process.stdout.write(`site ready ${site.port}\n`)
