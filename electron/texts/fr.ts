import type { Texts } from './en.ts'

export const fr: Texts = {
  tipNothing: 'Tildegate : rien n’est partagé',
  tip: 'Tildegate : {connected} connecté(s) sur {wanted}',
  tipAttention: 'Tildegate : {connected} connecté(s) sur {wanted}, a besoin de vous',
  nothingShared: 'Rien n’est encore partagé',
  stateOff: 'désactivé',
  stateConnecting: 'connexion…',
  stateConnected: 'connecté',
  stateWaiting: 'attend le prochain essai',
  stateAttention: 'a besoin de vous',
  engineRestarting: 'Les tunnels redémarrent…',
  copyAddress: 'Copier l’adresse',
  turnOnOff: 'Activer ou désactiver',
  open: 'Ouvrir Tildegate',
  startAtLogin: 'Lancer à l’ouverture de session',
  quit: 'Quitter',
}
