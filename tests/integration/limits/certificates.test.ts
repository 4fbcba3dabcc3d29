/** Limits of certificates and TLS sessions: what met one is as ever once it fits. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { expect, onTestFinished } from 'vitest'
import { type GatewayLimits, gatewayLimits } from '../../../gateway/limits.ts'
import { makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { ServedCertificate } from '../../../gateway/listen/served-certificate.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import type { Clock } from '../../../shared/world.ts'
import { bites } from '../../support/bites.ts'
import { temporaryFolder } from '../../support/files.ts'
import { listening } from '../../support/listening.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { TurnedFolder } from '../../support/turned-folder.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const world = { clock: systemClock, random: systemRandom }
const [first, second] = [
  await makeSelfSigned(['first.example'], 10, world),
  await makeSelfSigned(['second.example'], 10, world),
]
const tls = [{ host: '127.0.0.1', port: 0, tls: true }]

/** Whose certificate a new visitor is shown. */
async function shownAt(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subjectaltname } = socket.getPeerCertificate()
  socket.destroy()
  return subjectaltname
}

const ofFirst = 'DNS:first.example'
const ofSecond = 'DNS:second.example'

bites('certificateBytes', 'a larger file changes nothing, and one that fits is taken up', async () => {
  const folder = temporaryFolder({ 'chain.pem': first.cert, 'key.pem': first.key })
  const [certFile, keyFile] = [join(folder, 'chain.pem'), join(folder, 'key.pem')]
  const options = { listen: tls, certificate: { certFile, keyFile }, limits: { certificateBytes: 4_000 } }
  const { gateway, port, lines } = await runGateway(options)
  writeFileSync(keyFile, second.key)
  writeFileSync(certFile, second.cert + '\n'.repeat(4_000))
  await gateway.reload()
  expect(await shownAt(port)).toBe(ofFirst)
  expect(lines.join()).toContain('it is larger than 4000 bytes')
  await expect(runGateway(options)).rejects.toMatchObject({ code: 'certificate-unusable' })
  writeFileSync(certFile, second.cert)
  await gateway.reload()
  expect(await shownAt(port)).toBe(ofSecond)
})

bites(
  'certificateLookMs',
  'a folder that is turned tells nothing of itself, and is found at the next look',
  async () => {
    const clock = new VirtualClock()
    const files = ({ cert, key }: typeof first) => ({ 'tls.crt': cert, 'tls.key': key })
    const turned = new TurnedFolder(temporaryFolder(), files(first))
    const certificate = {
      certFile: join(turned.folder, 'tls.crt'),
      keyFile: join(turned.folder, 'tls.key'),
    }
    const { port } = await runGateway({ clock, listen: tls, certificate })
    turned.turn(files(second))
    await clock.pass(59_999)
    expect(await shownAt(port)).toBe(ofFirst)
    await expect.poll(() => clock.pass(1_000).then(() => shownAt(port))).toBe(ofSecond)
  },
)

/** A TLS listener that greets who gets in. */
async function startListener(limits: Partial<GatewayLimits>, clock: Clock = systemClock) {
  const served = new ServedCertificate(first, {
    ...{ ...world, clock },
    limits: gatewayLimits(limits),
    willShow: () => Promise.resolve(),
  })
  const server = createServer(socket => {
    served.secure(socket).then(
      ({ stream }) => stream.write('welcome'),
      () => {},
    )
  })
  const port = await listening(server)
  /** Up to the first bytes from inside. */
  return async (options: ConnectionOptions = {}) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    onTestFinished(() => void socket.destroy())
    const ticket = new Promise<Buffer>(resolve => {
      socket.once('session', resolve)
    })
    await once(socket, 'data')
    socket.on('error', () => {})
    return { socket, ticket }
  }
}

const isResumed = ({ socket }: { socket: TLSSocket }) => socket.isSessionReused()

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version } as const

  bites(
    'tlsTicketMs',
    `an older session of ${version} is not resumed, and its visitor gets in all the same`,
    async () => {
      const enter = await startListener({ tlsTicketMs: 2_000 })
      const began = performance.now()
      const session = await (await enter(only)).ticket
      // OpenSSL looks at the system's clock, and at no other.
      const isOver = async () => !isResumed(await enter({ ...only, session }))
      await expect.poll(isOver, { timeout: 30_000, interval: 100 }).toBe(true)
      expect(performance.now() - began).toBeGreaterThan(900)
      const isResumedAnew = async () => {
        const { ticket } = await enter({ ...only, session })
        return isResumed(await enter({ ...only, session: await ticket }))
      }
      await expect.poll(isResumedAnew, { timeout: 30_000 }).toBe(true)
    },
  )

  bites(
    'tlsTicketKeyMs',
    `a session of ${version} under the key before is not resumed, and its visitor gets in all the same`,
    async () => {
      const clock = new VirtualClock()
      const enter = await startListener({}, clock)
      const session = await (await enter(only)).ticket
      await clock.pass(12 * 3_600_000 - 1)
      expect(isResumed(await enter({ ...only, session }))).toBe(true)
      await clock.pass(1)
      const later = await enter({ ...only, session })
      expect(isResumed(later)).toBe(false)
      expect(isResumed(await enter({ ...only, session: await later.ticket }))).toBe(true)
    },
  )
}
