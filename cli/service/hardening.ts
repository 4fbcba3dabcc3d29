/**
 * What a service may not do, for systemd (systemd.exec(5)). `systemd-analyze security` gives the units of the system 1.5 and better, see the
 * test. MemoryDenyWriteExecute= is left out: Node compiles JavaScript to machine code while it runs.
 */
import type { ServiceScope } from './plan.ts'

export interface Confinement {
  readonly scope: ServiceScope
  /** Opens ports itself, also below 1024. */
  readonly bindsPorts: boolean
  /** The program lies below /home or /root. */
  readonly isInHome: boolean
}

/** By seccomp and flags of the process: a user’s own systemd can do that too. */
const ofProcess = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictNamespaces=yes',
  // AF_UNIX: telling systemd, name resolution, the keychain. AF_NETLINK: this computer's own addresses.
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'SystemCallErrorNumber=EPERM',
]

/** By namespaces and capabilities: for the system's systemd alone. */
const ofSystem = [
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'RemoveIPC=yes',
]

export function hardening({ scope, bindsPorts, isInHome }: Confinement): readonly string[] {
  if (scope === 'user') return ofProcess
  const capability = bindsPorts ? 'CAP_NET_BIND_SERVICE' : ''
  return [
    ...ofProcess,
    ...ofSystem,
    `ProtectHome=${isInHome ? 'read-only' : 'yes'}`,
    `CapabilityBoundingSet=${capability}`,
    `AmbientCapabilities=${capability}`,
  ]
}
