/** What the TLS listeners agree to, towards real clients: versions, suites, groups, tickets. */
import { execFile } from 'node:child_process'
import { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type ConnectionOptions, connect, createSecureContext, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { X509CertificateGenerator } from '@peculiar/x509'
import { describe, expect, onTestFinished, test } from 'vitest'
import { gatewayLimits } from '../../../gateway/limits.ts'
import { type CertificatePair, makeSelfSigned } from '../../../gateway/listen/self-signed.ts'
import { ServedCertificate } from '../../../gateway/listen/served-certificate.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { listening } from '../../support/listening.ts'

const world = { clock: systemClock, random: systemRandom }
const ecdsa = await makeSelfSigned(['localhost'], 10, world)
const rsa = await makeRsa()
const weak = 'ALL:@SECLEVEL=0'

/** A TLS listener that greets who gets in. */
async function startListener(pair: CertificatePair) {
  const served = new ServedCertificate(pair, {
    ...world,
    limits: gatewayLimits(),
    willShow: () => Promise.resolve(),
  })
  const server = createServer(socket => {
    served.secure(socket).then(
      ({ stream }) => stream.write('welcome'),
      () => {},
    )
  })
  const port = await listening(server)
  return { served, port, enter: (options?: ConnectionOptions) => enter(port, options) }
}

/** Up to the first bytes from inside. @throws as `connect` tells it */
async function enter(port: number, options: ConnectionOptions = {}) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  onTestFinished(() => void socket.destroy())
  const ticket = new Promise<Buffer>(resolve => {
    socket.once('session', resolve)
  })
  await once(socket, 'data')
  socket.on('error', () => {})
  return { socket, ticket }
}

describe.each([
  ['an ECDSA certificate', ecdsa],
  ['an RSA certificate', rsa],
])('a TLS listener with %s', (_, pair) => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'speaks %s with keys that are made for each connection',
    async version => {
      const { enter } = await startListener(pair)
      const { socket } = await enter({ minVersion: version, maxVersion: version })
      expect(socket.getProtocol()).toBe(version)
      expect(socket.getCipher().name).toMatch(/^(?:TLS_|ECDHE-).*(?:GCM|CHACHA20)/)
      expect(socket.getEphemeralKeyInfo()).not.toEqual({})
    },
  )

  test.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async version => {
    const { enter } = await startListener(pair)
    await expect(enter({ minVersion: version, maxVersion: version, ciphers: weak })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    })
  })

  test.each([
    ['without forward secrecy', 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA'],
    [
      'with CBC',
      'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384',
    ],
    ['with Diffie-Hellman over a finite field', 'DHE-RSA-AES128-GCM-SHA256'],
    ['without a certificate', 'AECDH-AES128-SHA:ADH-AES128-GCM-SHA256'],
  ])('refuses suites %s', async (_name, suites) => {
    const { enter } = await startListener(pair)
    await expect(enter({ maxVersion: 'TLSv1.2', ciphers: `${suites}:@SECLEVEL=0` })).rejects.toMatchObject({
      code: expect.stringMatching(/HANDSHAKE_FAILURE/),
    })
  })

  test('refuses signatures with SHA-1', async () => {
    const { enter } = await startListener(pair)
    const only = { maxVersion: 'TLSv1.2', ciphers: weak, sigalgs: 'ECDSA+SHA1:RSA+SHA1' } as const
    await expect(enter(only)).rejects.toThrow()
  })
})

test('the order of suites is the gateway’s, and who prefers ChaCha20 gets it', async () => {
  const { enter } = await startListener(ecdsa)
  const chosen = async (ciphers: string) =>
    (await enter({ maxVersion: 'TLSv1.2', ciphers })).socket.getCipher().name
  const [aes128, aes256, chacha] = [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ]
  expect(await chosen(`${aes256}:${aes128}:${chacha}`)).toBe(aes128)
  expect(await chosen(`${chacha}:${aes256}:${aes128}`)).toBe(chacha)
})

test.runIf(hasGroup('X25519MLKEM768'))(
  'keys are agreed on by X25519 with ML-KEM where the client can',
  async () => {
    const { enter } = await startListener(ecdsa)
    const { socket } = await enter({ ecdhCurve: 'X25519MLKEM768' })
    expect(socket.getProtocol()).toBe('TLSv1.3')
  },
)

test('nobody renegotiates', async () => {
  const { enter } = await startListener(ecdsa)
  const { socket } = await enter({ maxVersion: 'TLSv1.2' })
  const refused = await new Promise<Error | null>(resolve => {
    socket.once('error', resolve)
    socket.renegotiate({ rejectUnauthorized: false }, resolve)
  })
  expect(refused).toMatchObject({ code: expect.stringContaining('RENEGOTIATION') })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', version => {
  const only = { minVersion: version, maxVersion: version } as const
  const ticketOf = async (entering: ReturnType<typeof enter>) => (await entering).ticket
  const isResumed = ({ socket }: { socket: TLSSocket }) => socket.isSessionReused()

  test('is resumed by its ticket', async () => {
    const { enter } = await startListener(ecdsa)
    const session = await ticketOf(enter(only))
    expect(isResumed(await enter({ ...only, session }))).toBe(true)
  })

  test('is not resumed under another certificate', async () => {
    const { served, enter } = await startListener(ecdsa)
    const session = await ticketOf(enter(only))
    expect(await served.show(await makeSelfSigned(['localhost'], 10, world))).toBe(true)
    expect(isResumed(await enter({ ...only, session }))).toBe(false)
  })

  test('is resumed after a reload of the same certificate', async () => {
    const { served, enter } = await startListener(ecdsa)
    const session = await ticketOf(enter(only))
    expect(await served.show({ ...ecdsa })).toBe(false)
    expect(isResumed(await enter({ ...only, session }))).toBe(true)
  })
})

const openssl = await promisify(execFile)('openssl', ['version']).then(
  () => true,
  () => false,
)

describe.runIf(openssl)('openssl s_client (apt-get install openssl)', () => {
  const client = async (port: number, ...options: string[]) => {
    const asking = promisify(execFile)('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options])
    asking.child.stdin?.end()
    return asking.then(
      ({ stdout }) => stdout,
      (failed: { stdout: string; stderr: string }) => failed.stdout + failed.stderr,
    )
  }

  test('is told that a ticket is good for an hour, and sees no compression', async () => {
    const { port } = await startListener(ecdsa)
    const said = await client(port, '-tls1_2')
    expect(said).toContain('TLS session ticket lifetime hint: 3600 (seconds)')
    expect(said).toContain('Compression: NONE')
    expect(said).toContain('Server Temp Key: X25519')
  })

  test('gets nothing with TLS 1.1', async () => {
    const { port } = await startListener(rsa)
    expect(await client(port, '-tls1_1', '-cipher', weak)).toContain('alert protocol version')
  })
})

function hasGroup(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve })
    return true
  } catch {
    return false
  }
}

async function makeRsa(): Promise<CertificatePair> {
  const signingAlgorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  }
  const keys = (await webcrypto.subtle.generateKey(signingAlgorithm, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    signingAlgorithm,
    keys,
  })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey as webcrypto.CryptoKey))
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
  return { cert: certificate.toString('pem'), key }
}
