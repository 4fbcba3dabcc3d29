/** Units for systemd. */
import { isAbsolute, join } from 'node:path'
import { hardening } from './hardening.ts'
import { ownMark, type PlannedFile, type ServicePlan, type ServiceRequest } from './plan.ts'

/** Where an administrator keeps the files of a service of the system. */
export const systemFolder = '/etc/tildegate'
const account = 'tildegate'

export function systemdPlan(request: ServiceRequest): ServicePlan {
  const { name, scope, sockets, emptyBalance } = request
  const isSystem = scope === 'system'
  const folder = isSystem ? '/etc/systemd/system' : join(request.home, '.config/systemd/user')
  const systemctl = isSystem ? (['systemctl'] as const) : (['systemctl', '--user'] as const)
  const unit = `tildegate-${name}.service`
  const kinds = name === 'gateway' ? (['http', 'https'] as const) : []
  const socketName = (kind: string) => `tildegate-${name}-${kind}.socket`
  const opened = kinds.filter(kind => (sockets?.[kind].length ?? 0) > 0)
  const socketUnits = opened.map(socketName)
  const needsAccount = isSystem && name === 'gateway'
  const accountFile: PlannedFile = {
    path: '/etc/sysusers.d/tildegate.conf',
    content: `# ${ownMark}\nu ${account} - "Tildegate gateway" ${systemFolder}\n`,
  }
  return {
    files: [
      ...(needsAccount ? [accountFile] : []),
      ...opened.map(kind => ({
        path: join(folder, socketName(kind)),
        content: socketUnit(kind, sockets?.[kind] ?? [], unit),
      })),
      { path: join(folder, unit), content: serviceUnit(request, socketUnits) },
    ],
    superseded: kinds
      .filter(kind => !opened.includes(kind))
      .map(kind => ({
        path: join(folder, socketName(kind)),
        end: [...systemctl, 'disable', '--now', socketName(kind)],
      })),
    install: [
      ...(needsAccount
        ? ([
            ['systemd-sysusers', accountFile.path],
            // What is put there later belongs to the group, whichever editor writes it.
            ['install', '-d', '-m', '2750', '-o', 'root', '-g', account, systemFolder],
          ] as const)
        : []),
      ...(emptyBalance === undefined
        ? []
        : ([['install', '-m', '640', '-o', 'root', '-g', account, '/dev/null', emptyBalance]] as const)),
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', ...socketUnits, unit],
      // New addresses are taken up only while nothing uses the old ones.
      ...(socketUnits.length > 0
        ? ([
            [...systemctl, 'stop', unit],
            [...systemctl, 'restart', ...socketUnits],
          ] as const)
        : []),
      [...systemctl, 'restart', unit],
    ],
    uninstall: [[...systemctl, 'disable', '--now', unit, ...socketUnits]],
    afterwards: [[...systemctl, 'daemon-reload']],
    status: [...systemctl, 'status', '--no-pager', unit],
    notes: notesOf(request),
  }
}

function notesOf({ name, scope, folder, user }: ServiceRequest): readonly string[] {
  if (scope === 'user') return [`To have it run without you being logged in: loginctl enable-linger ${user}`]
  if (name === 'agent')
    return [
      `Its entries: ${join(folder, 'backbalance.bin')}, for root alone (mode 0600); systemd hands them on.`,
    ]
  return [
    `Its tunnels: ${join(folder, 'balance.bin')}, for root and the group ${account} (chown root:${account}, chmod 640).`,
    `A certificate’s key must be readable for the group ${account} too.`,
  ]
}

function serviceUnit(request: ServiceRequest, socketUnits: readonly string[]): string {
  const { name, scope, folder } = request
  const isSystem = scope === 'system'
  const credentials = isSystem
    ? request.entryFiles.map(file => (isAbsolute(file) ? file : join(folder, file)))
    : []
  // "%d" is the folder of credentials.
  const files = isSystem
    ? credentials.flatMap((_, i) => ['--file', raw(`%d/entries-${i + 1}`)])
    : request.entryFiles.flatMap(file => ['--file', file])
  const command = [...request.program, name, ...files, ...request.options]
  const lines = [
    `# ${ownMark}`,
    '# Changes of yours belong into a drop-in: systemctl edit.',
    '[Unit]',
    `Description=Tildegate ${name}`,
    '# What hinders it may go away by itself, such as an address that is not there yet.',
    'StartLimitIntervalSec=0',
    ...(isSystem ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    '',
    '[Service]',
    'Type=notify',
    '# systemd-notify, a process of its own, tells for it.',
    'NotifyAccess=all',
    `ExecStart=${command.map(word => (word instanceof Raw ? word.text : quoted(word))).join(' ')}`,
    ...(name === 'gateway' ? ['ExecReload=/bin/kill -HUP $MAINPID'] : []),
    // The agent may not look into the administrator's folder.
    `WorkingDirectory=${isSystem && name === 'agent' ? '%S/tildegate-agent' : escaped(folder)}`,
    'Restart=on-failure',
    'RestartSec=2',
    '# Wrong usage, and a file with errors: the next start would end in the same way.',
    'RestartPreventExitStatus=64 78',
    'WatchdogSec=60',
    '# Requests in flight get 30 s.',
    'TimeoutStopSec=40',
    'KillMode=mixed',
    'LimitNOFILE=65536',
    'LimitCORE=0',
    'UMask=0077',
    ...socketUnits.map(unit => `Sockets=${unit}`),
    ...(isSystem ? accountOf(name, credentials) : []),
    ...hardening({
      scope,
      bindsPorts: name === 'gateway' && socketUnits.length === 0,
      isInHome: request.program.some(word => /^\/(?:home|root)\//.test(word)),
    }),
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}`,
  ]
  return `${lines.join('\n')}\n`
}

function accountOf(name: ServiceRequest['name'], credentials: readonly string[]): readonly string[] {
  const state = `StateDirectory=tildegate-${name}`
  if (name === 'gateway')
    return [
      `User=${account}`,
      state,
      'StateDirectoryMode=0700',
      `Environment=TILDEGATE_STATE=%S/tildegate-${name}`,
    ]
  return [
    'DynamicUser=yes',
    state,
    ...credentials.map((file, i) => `LoadCredential=entries-${i + 1}:${escaped(file)}`),
  ]
}

function socketUnit(kind: 'http' | 'https', addresses: readonly string[], service: string): string {
  const lines = [
    `# ${ownMark}`,
    '[Unit]',
    `Description=Tildegate gateway, ${kind === 'https' ? 'HTTPS' : 'plain HTTP'}`,
    '',
    '[Socket]',
    ...addresses.map(address => `ListenStream=${address}`),
    `FileDescriptorName=${kind}`,
    `Service=${service}`,
    '# Each address says itself of which kind it is.',
    'BindIPv6Only=ipv6-only',
    'NoDelay=yes',
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ]
  return `${lines.join('\n')}\n`
}

class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
const raw = (text: string) => new Raw(text)

/** systemd.unit(5), "Specifiers". */
function escaped(text: string): string {
  return text.replaceAll('%', '%%')
}

/** A word of ExecStart= (systemd.service(5), "Command lines"; systemd.syntax(7), "Quoting"). */
export function quoted(word: string): string {
  const text = escaped(word)
    .replaceAll('$', '$$$$')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `"${text}"`
}
