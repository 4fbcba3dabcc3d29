/** What tray, menu and notifications say. The other languages have the same keys: the type asks for it. */
export const en = {
  tipNothing: 'Tildegate: nothing is shared',
  tip: 'Tildegate: {connected} of {wanted} connected',
  tipAttention: 'Tildegate: {connected} of {wanted} connected, needs your attention',
  nothingShared: 'Nothing is shared yet',
  stateOff: 'off',
  stateConnecting: 'connecting…',
  stateConnected: 'connected',
  stateWaiting: 'waits to try again',
  stateAttention: 'needs your attention',
  engineRestarting: 'The tunnels are being restarted…',
  copyAddress: 'Copy address',
  turnOnOff: 'Turn on/off',
  open: 'Open Tildegate',
  startAtLogin: 'Start at login',
  quit: 'Quit',
  noticeAway: '{name} is not connected',
  noticeBack: '{name} is connected again',
  noticeNeedsUser: '{name} needs your attention',
  noticeManyAway: '{count} tunnels are not connected',
  noticeManyBack: '{count} tunnels are connected again',
  noticeManyNeedUser: '{count} tunnels need your attention',
}

export type Texts = Readonly<Record<keyof typeof en, string>>
