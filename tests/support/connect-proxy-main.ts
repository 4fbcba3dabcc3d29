/** The proxy of `connect-proxy.ts` as a process of its own, for another host: `node connect-proxy-main.ts HOST`. */
import { startConnectProxy } from './connect-proxy.ts'

const [, , host = '127.0.0.1'] = process.argv
const proxy = await startConnectProxy({
  host,
  onAsked: destination => process.stdout.write(`asked for ${destination}\n`),
})
process.stdout.write(`proxy ready ${proxy.port}\n`)
