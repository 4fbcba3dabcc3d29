/** Certificates of an authority, from Pebble, which checks us as Let's Encrypt does. */
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { describe, expect, test, vi } from 'vitest'
import type { GatewayOptions } from '../../gateway/gateway.ts'
import { systemClock } from '../../net/world.ts'
import { temporaryFolder } from '../support/files.ts'
import { runGateway } from '../support/running-gateway.ts'
import { type AcmePorts, acmeOptions, choosePorts, hasPebble, startPebble } from './pebble.ts'

const patience = { timeout: 45_000, interval: 50 }
const name = 'gw.example.test'
const quick = { acmePollMs: 100, acmeRetryMs: 300, acmeRetryMaxMs: 1_000, acmeLookMs: 50 }

const plain = ({ http }: AcmePorts) => ({ host: '127.0.0.1', port: http, tls: false })
const secure = ({ tls }: AcmePorts) => ({ host: '127.0.0.1', port: tls, tls: true })

async function startGateway(ports: AcmePorts, options: Partial<GatewayOptions> = {}) {
  const running = await runGateway({
    listen: [plain(ports), secure(ports)],
    acme: acmeOptions(ports, [name]),
    admin: { host: '127.0.0.1', port: 0 },
    limits: quick,
    ...options,
  })
  return {
    ...running,
    logged: (text: string) => running.lines.filter(line => line.includes(text)),
    metric: async (metric: string) => {
      const text = await (await fetch(`${running.gateway.admin?.url}/metrics`)).text()
      return Number(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    },
  }
}

/** What a visitor of `servername` is shown. @throws where it does not verify against `root` */
async function shown(port: number, servername = name, root?: string): Promise<PeerCertificate> {
  const trust = root === undefined ? { rejectUnauthorized: false } : { ca: root }
  const socket = connect({ port, host: '127.0.0.1', servername, ...trust })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

const whenShown = (ports: AcmePorts, root: string, servername = name) =>
  vi.waitFor(() => shown(ports.tls, servername, root), patience)

describe.runIf(hasPebble)(
  'a certificate of an authority (tests/acme/install.sh, needs Go)',
  { timeout: 90_000 },
  () => {
    test('is had by HTTP-01 at a plain listener, also while that sends visitors to TLS; kept for the owner alone', async () => {
      const ports = await choosePorts()
      const { root } = await startPebble({ ports: { ...ports, tls: 1 } })
      const { folder, logged, metric, lines } = await startGateway(ports, {
        acme: acmeOptions(ports, [name, 'www.example.test'], { email: 'admin@example.test' }),
        publicUrl: `https://${name}`,
        redirectToTls: true,
      })
      expect(logged('a self-signed one is shown until there is')).toHaveLength(1)
      const certificate = await whenShown(ports, root, 'www.example.test')
      expect(certificate.subjectaltname).toBe(`DNS:${name}, DNS:www.example.test`)
      expect(await metric('tildegate_certificate_expiry_timestamp_seconds')).toBe(
        Date.parse(certificate.valid_to) / 1000,
      )
      expect(await metric('tildegate_acme_failures_total')).toBeNaN()

      const [kept = ''] = readdirSync(join(folder, '.tildegate', 'acme'))
      for (const file of ['account.key', 'certificate.pem'])
        expect(statSync(join(folder, '.tildegate', 'acme', kept, file)).mode & 0o777).toBe(0o600)
      expect(lines.join('')).not.toContain('PRIVATE KEY')
    })

    test('is had by TLS-ALPN-01 at a TLS listener alone', async () => {
      const ports = await choosePorts()
      const { root } = await startPebble({ ports: { ...ports, http: 1 } })
      await startGateway(ports, { listen: [secure(ports)] })
      await whenShown(ports, root)
    })

    test('is had the other way where the first is blocked', async () => {
      const ports = await choosePorts()
      const { root } = await startPebble({ ports: { ...ports, http: 1 } })
      const { logged, metric } = await startGateway(ports)
      await whenShown(ports, root)
      expect(logged('acme-challenge-refused')).toHaveLength(1)
      expect(await metric('tildegate_acme_failures_total')).toBe(1)
    })

    test('is had with a session of an agent that was there before, which goes on', async () => {
      const ports = await choosePorts()
      const { agent, logged } = await startGateway(ports)
      const one = await agent({ port: ports.tls, isTls: true })
      expect(one.welcome.outer).toBe('proven')
      const { root } = await startPebble({ ports })
      await whenShown(ports, root)
      await one.ping()
      expect(logged('a tunnel is disconnected')).toEqual([])
    })

    test('is renewed after two thirds of its life, and the one before is shown on while that fails', async () => {
      const ports = await choosePorts()
      const pebble = await startPebble({ ports, lifeSeconds: 3_000 })
      let passedMs = 0
      const clock = { ...systemClock, wall: () => Date.now() + passedMs }
      const { logged, metric } = await startGateway(ports, { clock })
      const first = await whenShown(ports, pebble.root)

      const orders = pebble.count('POST /order-plz')
      passedMs = 1_990_000
      // Several looks at the clock are over meanwhile.
      for (let times = 0; times < 20; times++)
        expect((await shown(ports.tls)).serialNumber).toBe(first.serialNumber)
      expect(pebble.count('POST /order-plz')).toBe(orders)
      await pebble.stop()
      passedMs = 2_200_000
      await vi.waitFor(() => expect(logged('acme-directory-unreachable').length).toBeGreaterThan(0), patience)
      expect((await shown(ports.tls)).serialNumber).toBe(first.serialNumber)
      expect(await metric('tildegate_acme_failures_total')).toBeGreaterThan(0)

      // The new one is made by the authority's own clock.
      const again = await startPebble({ ports, lifeSeconds: 7_776_000 })
      const second = await whenShown(ports, again.root)
      expect(second.serialNumber).not.toBe(first.serialNumber)
    })

    test('that cannot be had now leaves a self-signed one, and is had once the directory is there', async () => {
      const ports = await choosePorts()
      const { logged, metric } = await startGateway(ports)
      await vi.waitFor(() => expect(logged('acme-directory-unreachable').length).toBeGreaterThan(0), patience)
      expect(logged('cannot be reached (ECONNREFUSED)').length).toBeGreaterThan(0)
      expect((await shown(ports.tls)).subject.CN).toBe('Tildegate')
      expect(await metric('tildegate_acme_failures_total')).toBeGreaterThan(0)
      const { root } = await startPebble({ ports })
      await whenShown(ports, root)
    })

    test('is refused with the authority’s own words where the name does not lead here', async () => {
      const ports = await choosePorts()
      const pebble = await startPebble({ ports })
      const { logged, gateway } = await startGateway(ports, {
        acme: acmeOptions(ports, ['nowhere.example.test']),
        limits: { ...quick, acmeRetryMs: 3_600_000, acmeRetryMaxMs: 3_600_000 },
      })
      await vi.waitFor(() => expect(logged('acme-challenge-refused')).toHaveLength(1), patience)
      const [said = ''] = logged('acme-challenge-refused')
      expect(said).toContain('could not see that nowhere.example.test leads to this gateway (http-01)')
      expect(said).toMatch(/connection refused/i)
      expect((await shown(ports.tls)).subject.CN).toBe('Tildegate')
      // It waits; who mended something says so.
      const orders = pebble.count('POST /order-plz')
      await gateway.reload()
      await vi.waitFor(() => expect(logged('acme-challenge-refused')).toHaveLength(2), patience)
      expect(pebble.count('POST /order-plz')).toBeGreaterThan(orders)
    })

    test('is kept for the next start, which asks for nothing', async () => {
      const ports = await choosePorts()
      const stateFolder = temporaryFolder()
      const pebble = await startPebble({ ports })
      const one = await startGateway(ports, { stateFolder })
      const first = await whenShown(ports, pebble.root)
      await one.gateway.destroy()
      const orders = pebble.count('POST /order-plz')
      const two = await startGateway(ports, { stateFolder })
      expect((await shown(ports.tls)).serialNumber).toBe(first.serialNumber)
      expect(two.logged('self-signed')).toEqual([])
      await two.gateway.destroy()
      expect(pebble.count('POST /order-plz')).toBe(orders)
    })

    test('is asked for anew where further names are wanted, and shown on until then', async () => {
      const ports = await choosePorts()
      const stateFolder = temporaryFolder()
      const { root } = await startPebble({ ports })
      const one = await startGateway(ports, { stateFolder })
      const first = await whenShown(ports, root)
      await one.gateway.destroy()
      await startGateway(ports, { stateFolder, acme: acmeOptions(ports, [name, 'more.example.test']) })
      const second = await whenShown(ports, root, 'more.example.test')
      expect(second.serialNumber).not.toBe(first.serialNumber)
    })

    test('is not asked for where it could not be kept, or the terms are not agreed to', async () => {
      const ports = await choosePorts()
      const pebble = await startPebble({ ports })
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'state'), 'a file, no folder')
      const unkept = await startGateway(ports, { stateFolder: join(folder, 'state') })
      await vi.waitFor(
        () => expect(unkept.logged('acme-state-unwritable').length).toBeGreaterThan(0),
        patience,
      )
      await unkept.gateway.destroy()
      const disagreeing = await startGateway(ports, {
        acme: acmeOptions(ports, [name], { agreesToTerms: false }),
      })
      await vi.waitFor(() => expect(disagreeing.logged('acme-terms').length).toBeGreaterThan(0), patience)
      expect(pebble.count('POST /order-plz')).toBe(0)
      expect(existsSync(join(folder, 'state', 'acme'))).toBe(false)
    })
  },
)
