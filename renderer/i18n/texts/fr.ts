import type { Texts } from './en.ts'

export const fr: Texts = {
  nav: { label: 'Pages', shared: 'Partages', activity: 'Activité', settings: 'Réglages' },
  common: {
    back: 'Retour',
    cancel: 'Annuler',
    close: 'Fermer',
    copied: 'Copié',
    copy: 'Copier',
    open: 'Ouvrir',
    tryAgain: 'Réessayer maintenant',
    loading: 'Un instant…',
  },
  engine: {
    restarting: 'Les tunnels redémarrent. Cette fenêtre reste telle quelle pendant ce temps.',
  },
  file: {
    changed: 'Le fichier a changé. Les anciens réglages restent en vigueur jusqu’au redémarrage de l’agent.',
    apply: 'Redémarrer l’agent',
  },
  shared: {
    title: 'Partagé depuis ce PC',
    shareSomething: 'Partager quelque chose',
    emptyTitle: 'Rien n’est encore partagé',
    emptyText:
      'Partagez un service de ce PC et accédez-y depuis n’importe quel navigateur par votre passerelle.',
    serviceAt: '{{title}} sur {{address}}',
    service: 'Le service sur {{address}}',
    welcome: 'La page d’accueil',
    switchOf: 'Partager {{name}}',
    detailsOf: 'Détails de {{name}}',
    copyAddressOf: 'Copier l’adresse de {{name}}',
    openAddressOf: 'Ouvrir l’adresse de {{name}}',
    trafficOf: 'Trafic de {{name}} pendant la dernière minute',
  },
  state: {
    off: 'Désactivé',
    closing: 'Désactivation…',
    starting: 'Démarrage…',
    dialling: 'Connexion à la passerelle…',
    diallingProxy: 'Connexion par le proxy {{hop}}, {{address}}…',
    proving: 'Vérification du mot de passe…',
    connected: 'Connecté',
    connectedFor: 'Connecté depuis {{duration}}',
    waiting: 'Nouvel essai {{when}}',
    waitingNow: 'Nouvel essai maintenant',
    needsUser: 'A besoin de vous',
    roundTrip: '{{ms}} ms',
    visitors_one: '{{count}} visiteur en ce moment',
    visitors_other: '{{count}} visiteurs en ce moment',
    proven: 'chiffré de bout en bout',
    unproven: 'inspecté en route, chiffré à l’intérieur',
    plain: 'chiffré à l’intérieur',
  },
  problem: {
    hop: 'Au proxy {{hop}} sur {{count}}',
  },
}
