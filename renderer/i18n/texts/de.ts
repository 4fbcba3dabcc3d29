import type { Texts } from './en.ts'

export const de: Texts = {
  nav: { label: 'Seiten', shared: 'Freigaben', activity: 'Verlauf', settings: 'Einstellungen' },
  common: {
    back: 'Zurück',
    cancel: 'Abbrechen',
    close: 'Schließen',
    copied: 'Kopiert',
    copy: 'Kopieren',
    open: 'Öffnen',
    tryAgain: 'Jetzt erneut versuchen',
    loading: 'Einen Moment…',
  },
  engine: {
    restarting: 'Die Tunnel werden neu gestartet. Dieses Fenster bleibt solange, wie es ist.',
  },
  file: {
    changed: 'Die Datei wurde geändert. Bis zum Neustart des Agenten gelten die alten Einstellungen.',
    apply: 'Agent neu starten',
  },
  shared: {
    title: 'Von diesem PC freigegeben',
    shareSomething: 'Etwas freigeben',
    emptyTitle: 'Noch nichts freigegeben',
    emptyText:
      'Geben Sie einen Dienst dieses PCs frei und erreichen Sie ihn aus jedem Browser über Ihr Gateway.',
    serviceAt: '{{title}} auf {{address}}',
    service: 'Der Dienst auf {{address}}',
    welcome: 'Die Willkommensseite',
    switchOf: '{{name}} freigeben',
    detailsOf: 'Einzelheiten zu {{name}}',
    copyAddressOf: 'Adresse von {{name}} kopieren',
    openAddressOf: 'Adresse von {{name}} öffnen',
    trafficOf: 'Verkehr von {{name}} in der letzten Minute',
  },
  state: {
    off: 'Aus',
    closing: 'Wird ausgeschaltet…',
    starting: 'Startet…',
    dialling: 'Verbindet mit dem Gateway…',
    diallingProxy: 'Verbindet über Proxy {{hop}}, {{address}}…',
    proving: 'Weist das Passwort nach…',
    connected: 'Verbunden',
    connectedFor: 'Verbunden seit {{duration}}',
    waiting: 'Nächster Versuch {{when}}',
    waitingNow: 'Nächster Versuch jetzt',
    needsUser: 'Braucht Sie',
    roundTrip: '{{ms}} ms',
    visitors_one: '{{count}} Besucher jetzt',
    visitors_other: '{{count}} Besucher jetzt',
    proven: 'durchgehend verschlüsselt',
    unproven: 'unterwegs geprüft, innen verschlüsselt',
    plain: 'innen verschlüsselt',
  },
  problem: {
    hop: 'An Proxy {{hop}} von {{count}}',
  },
}
