/**
 * The words of the gateway's own pages, in the visitors' languages. They say what happened and what to do;
 * nothing of the inside: no addresses, no names, no versions.
 */
export const pageKinds = [
  'bad-request',
  'not-connected',
  'request-timeout',
  'too-many',
  'internal',
  'no-answer',
  'busy',
  'too-slow',
] as const
export type PageKind = (typeof pageKinds)[number]

export const languages = ['en', 'de', 'fr'] as const
export type Language = (typeof languages)[number]

export interface PageText {
  readonly title: string
  /** What happened. */
  readonly what: string
  /** What the visitor can do. */
  readonly mend: string
}

export const retryLabels: Readonly<Record<Language, string>> = {
  en: 'Try again',
  de: 'Erneut versuchen',
  fr: 'Réessayer',
}

export const pageTexts: Readonly<Record<Language, Readonly<Record<PageKind, PageText>>>> = {
  en: {
    'bad-request': {
      title: 'This request cannot be understood',
      what: 'What your browser or program sent is not valid HTTP.',
      mend: 'Reload the page. If it stays like this, use another browser or update the program.',
    },
    'not-connected': {
      title: 'Nothing is connected here',
      what: 'This address is not connected at the moment, or it does not exist.',
      mend: 'Check the address. If it is right, ask the person who gave it to you whether their computer is on and connected.',
    },
    'request-timeout': {
      title: 'Your request did not arrive in time',
      what: 'The connection was open for a while without the rest of your request.',
      mend: 'Check your network connection and send it again.',
    },
    'too-many': {
      title: 'Too many requests',
      what: 'More requests come from your network than this gateway takes at once.',
      mend: 'Wait a few seconds and try again. Others in your network may share its address; if it stays like this, tell the person who runs this gateway.',
    },
    internal: {
      title: 'Something went wrong here',
      what: 'This gateway could not handle the request.',
      mend: 'Try again in a moment. If it stays like this, tell the person who runs this gateway.',
    },
    'no-answer': {
      title: 'The service does not answer',
      what: 'The computer behind this address is connected, but the service on it did not give an answer.',
      mend: 'Try again in a moment. If it stays like this, ask the person who shares it to start the service.',
    },
    busy: {
      title: 'Too many visitors at the moment',
      what: 'The computer behind this address has as many visitors as it can serve.',
      mend: 'Wait a few seconds and try again.',
    },
    'too-slow': {
      title: 'The service takes too long',
      what: 'The service behind this address did not answer in time.',
      mend: 'Try again in a moment. If it stays like this, ask the person who shares it to check the service.',
    },
  },
  de: {
    'bad-request': {
      title: 'Diese Anfrage ist nicht verständlich',
      what: 'Was Ihr Browser oder Programm gesendet hat, ist kein gültiges HTTP.',
      mend: 'Laden Sie die Seite neu. Bleibt es dabei, nehmen Sie einen anderen Browser oder aktualisieren Sie das Programm.',
    },
    'not-connected': {
      title: 'Hier ist nichts verbunden',
      what: 'Diese Adresse ist im Moment nicht verbunden, oder es gibt sie nicht.',
      mend: 'Prüfen Sie die Adresse. Stimmt sie, fragen Sie die Person, von der Sie sie haben, ob ihr Computer an und verbunden ist.',
    },
    'request-timeout': {
      title: 'Ihre Anfrage kam nicht rechtzeitig an',
      what: 'Die Verbindung war eine Weile offen, ohne dass der Rest Ihrer Anfrage kam.',
      mend: 'Prüfen Sie Ihre Netzwerkverbindung und senden Sie die Anfrage noch einmal.',
    },
    'too-many': {
      title: 'Zu viele Anfragen',
      what: 'Aus Ihrem Netzwerk kommen mehr Anfragen, als dieses Gateway auf einmal annimmt.',
      mend: 'Warten Sie ein paar Sekunden und versuchen Sie es noch einmal. Andere in Ihrem Netzwerk können dieselbe Adresse haben; bleibt es dabei, sagen Sie es der Person, die dieses Gateway betreibt.',
    },
    internal: {
      title: 'Hier ist etwas schiefgegangen',
      what: 'Dieses Gateway konnte die Anfrage nicht bearbeiten.',
      mend: 'Versuchen Sie es gleich noch einmal. Bleibt es dabei, sagen Sie es der Person, die dieses Gateway betreibt.',
    },
    'no-answer': {
      title: 'Der Dienst antwortet nicht',
      what: 'Der Computer hinter dieser Adresse ist verbunden, aber der Dienst darauf hat keine Antwort gegeben.',
      mend: 'Versuchen Sie es gleich noch einmal. Bleibt es dabei, bitten Sie die Person, die ihn freigibt, den Dienst zu starten.',
    },
    busy: {
      title: 'Im Moment zu viele Besucher',
      what: 'Der Computer hinter dieser Adresse hat so viele Besucher, wie er bedienen kann.',
      mend: 'Warten Sie ein paar Sekunden und versuchen Sie es noch einmal.',
    },
    'too-slow': {
      title: 'Der Dienst braucht zu lange',
      what: 'Der Dienst hinter dieser Adresse hat nicht rechtzeitig geantwortet.',
      mend: 'Versuchen Sie es gleich noch einmal. Bleibt es dabei, bitten Sie die Person, die ihn freigibt, den Dienst zu prüfen.',
    },
  },
  fr: {
    'bad-request': {
      title: 'Cette requête est incompréhensible',
      what: 'Ce que votre navigateur ou programme a envoyé n’est pas du HTTP valide.',
      mend: 'Rechargez la page. Si cela persiste, utilisez un autre navigateur ou mettez le programme à jour.',
    },
    'not-connected': {
      title: 'Rien n’est connecté ici',
      what: 'Cette adresse n’est pas connectée en ce moment, ou elle n’existe pas.',
      mend: 'Vérifiez l’adresse. Si elle est juste, demandez à la personne qui vous l’a donnée si son ordinateur est allumé et connecté.',
    },
    'request-timeout': {
      title: 'Votre requête n’est pas arrivée à temps',
      what: 'La connexion est restée ouverte un moment sans que la suite de votre requête arrive.',
      mend: 'Vérifiez votre connexion au réseau et envoyez la requête à nouveau.',
    },
    'too-many': {
      title: 'Trop de requêtes',
      what: 'Il vient de votre réseau plus de requêtes que cette passerelle n’en accepte à la fois.',
      mend: 'Attendez quelques secondes et réessayez. D’autres personnes de votre réseau peuvent avoir la même adresse ; si cela persiste, prévenez la personne qui gère cette passerelle.',
    },
    internal: {
      title: 'Un problème est survenu ici',
      what: 'Cette passerelle n’a pas pu traiter la requête.',
      mend: 'Réessayez dans un instant. Si cela persiste, prévenez la personne qui gère cette passerelle.',
    },
    'no-answer': {
      title: 'Le service ne répond pas',
      what: 'L’ordinateur derrière cette adresse est connecté, mais son service n’a pas donné de réponse.',
      mend: 'Réessayez dans un instant. Si cela persiste, demandez à la personne qui le partage de démarrer le service.',
    },
    busy: {
      title: 'Trop de visiteurs en ce moment',
      what: 'L’ordinateur derrière cette adresse a autant de visiteurs qu’il peut en servir.',
      mend: 'Attendez quelques secondes et réessayez.',
    },
    'too-slow': {
      title: 'Le service met trop de temps',
      what: 'Le service derrière cette adresse n’a pas répondu à temps.',
      mend: 'Réessayez dans un instant. Si cela persiste, demandez à la personne qui le partage de vérifier le service.',
    },
  },
}
