import type { Texts } from './en.ts'

export const de: Texts = {
  tipNothing: 'Tildegate: nichts ist freigegeben',
  tip: 'Tildegate: {connected} von {wanted} verbunden',
  tipAttention: 'Tildegate: {connected} von {wanted} verbunden, braucht Sie',
  nothingShared: 'Noch nichts freigegeben',
  stateOff: 'aus',
  stateConnecting: 'verbindet…',
  stateConnected: 'verbunden',
  stateWaiting: 'wartet auf den nächsten Versuch',
  stateAttention: 'braucht Sie',
  engineRestarting: 'Die Tunnel werden neu gestartet…',
  copyAddress: 'Adresse kopieren',
  turnOnOff: 'Ein- und ausschalten',
  open: 'Tildegate öffnen',
  startAtLogin: 'Bei der Anmeldung starten',
  quit: 'Beenden',
}
