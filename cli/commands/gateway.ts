/** `tildegate gateway`: settings → engine, ready lines, signals. */
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { createGateway } from '../../gateway/gateway.ts'
import { ConfigError } from '../../gateway/settings/config-error.ts'
import { systemClock, systemRandom } from '../../net/world.ts'
import { formatDiagnostic } from '../../shared/balance/index.ts'
import type { Secret } from '../../shared/secret.ts'
import { CommandFailure, type ExitStatus, exitStatus } from '../failure.ts'
import { HandedSockets } from '../handover/handed-sockets.ts'
import { Handover, tellReady } from '../handover/successor.ts'
import type { HostPort } from '../host-port.ts'
import { createLog, type LogFormat, type LogLevel } from '../logging.ts'
import { ServiceNotifier } from '../service/notify.ts'
import { takePassedSockets } from '../service/passed-sockets.ts'
import { type AcmeFlags, acmeOf } from '../settings/acme.ts'
import { readAdminToken } from '../settings/admin-token.ts'
import { applyConfigFile } from '../settings/config-file.ts'
import { defaultFile } from '../settings/default-files.ts'
import { type TransportFlags, transportOf } from '../settings/transport-security.ts'
import { warnOfReaders } from '../settings/warn-of-readers.ts'
import { runUntilStopped } from '../stopping.ts'
import { version } from '../version.ts'

interface GatewayFlags extends TransportFlags, AcmeFlags {
  readonly listen?: readonly HostPort[]
  readonly listenTls?: readonly HostPort[]
  readonly cert?: string
  readonly key?: string
  readonly publicCert?: readonly string[]
  readonly balance?: string
  readonly state?: string
  readonly http2?: boolean
  readonly admin?: HostPort
  readonly adminTokenFile?: string
  readonly trustForwarded?: readonly string[]
  readonly proxyProtocol?: readonly string[]
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
}

const defaultListener: HostPort = { host: '0.0.0.0', port: 8080 }

/** @throws CommandFailure 78 for broken files, 64 for flags that do not fit together; TildegateError for a port in use */
export async function runGateway(command: Command): Promise<ExitStatus> {
  const balanceFile = resolve(command.opts<GatewayFlags>().balance ?? defaultFile('balance.bin'))
  const limits = applyConfigFile(command, balanceFile)
  const flags = command.opts<GatewayFlags>()
  const log = createLog({ level: flags.logLevel, format: flags.logFormat })
  const notifier = new ServiceNotifier({
    environment: process.env,
    pid: process.pid,
    clock: systemClock,
    log,
  })
  const handed = new HandedSockets(process.env, process.channel !== undefined)
  const isSuccessor = handed.isThere
  const passed = takePassedSockets(process.env, process.pid) ?? handed.takePassed()
  const plain = flags.listen ?? (flags.listenTls || passed.length > 0 ? [] : [defaultListener])
  const listen = [
    ...passed,
    ...plain.map(address => ({ ...handed.at('http', address), tls: false })),
    ...(flags.listenTls ?? []).map(address => ({ ...handed.at('https', address), tls: true })),
  ]
  const showsCertificate = listen.some(address => address.tls)
  const gateway = await createGateway({
    listen,
    balanceFile,
    stateFolder: flags.state === undefined ? join(dirname(balanceFile), '.tildegate') : resolve(flags.state),
    ...certificateOf(flags, showsCertificate),
    publicCertificateFiles: flags.publicCert ?? [],
    ...(flags.publicUrl ? { publicUrl: flags.publicUrl } : {}),
    ...(flags.hostMode ? { hostMode: flags.hostMode } : {}),
    ...transportOf(flags),
    ...acmeOf(flags, showsCertificate),
    http2: flags.http2 ?? true,
    ...(flags.admin
      ? { admin: { ...handed.at('admin', flags.admin), ...adminToken(flags.adminTokenFile) } }
      : {}),
    trustForwardedFrom: flags.trustForwarded ?? [],
    proxyProtocolFrom: flags.proxyProtocol ?? [],
    limits,
    version,
    log,
    clock: systemClock,
    random: systemRandom,
  }).catch((error: unknown) => {
    throw error instanceof ConfigError ? brokenFile(error) : error
  })
  warnOfReaders(balanceFile, log)
  handed.closeRest()
  process.on('SIGHUP', () => {
    notifier
      .reloading(() => gateway.reload())
      .catch((cause: unknown) => log.error({ err: cause }, 'reload failed'))
  })
  // Whoever reads a ready line may signal at once.
  const handover = new Handover({ gateway, notifier, log })
  const stop = () => {
    handover.cancel()
    return Promise.all([notifier.stopping(), gateway.stop()])
  }
  const stopped = runUntilStopped(
    { stop, outlivesParent: isSuccessor },
    handover.over.then(() => exitStatus.fine),
  )
  if (isSuccessor) tellReady()
  if (process.platform === 'linux') process.on('SIGUSR2', () => void handover.offer())
  for (const listener of gateway.listeners) process.stdout.write(`gateway ready ${listener.url}\n`)
  if (gateway.admin) process.stdout.write(`admin ready ${gateway.admin.url}\n`)
  await notifier.ready()
  return stopped
}

function certificateOf(
  { cert: certFile, key: keyFile }: GatewayFlags,
  showsCertificate: boolean,
): { certificate?: { certFile: string; keyFile: string } } {
  if (certFile === undefined && keyFile === undefined) return {}
  if (certFile === undefined || keyFile === undefined)
    throw new CommandFailure(exitStatus.usage, '--cert and --key belong together: give both, or neither.')
  if (!showsCertificate)
    throw new CommandFailure(
      exitStatus.usage,
      '--cert needs a TLS listener to show the certificate: give --listen-tls.',
    )
  return { certificate: { certFile, keyFile } }
}

function adminToken(file: string | undefined): { token?: Secret } {
  return file === undefined ? {} : { token: readAdminToken(file) }
}

function brokenFile(error: ConfigError): CommandFailure {
  return new CommandFailure(
    exitStatus.configuration,
    error.message,
    error.diagnostics.map(diagnostic => formatDiagnostic(diagnostic)),
    { cause: error },
  )
}
