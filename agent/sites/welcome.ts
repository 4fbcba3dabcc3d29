/** The page of a tunnel without a target: this computer is reachable, and how to share something. No scripts. */
import { createServer, type Server } from 'node:http'
import Negotiator from 'negotiator'
import { readAsset, sendPage, sendText } from './site-response.ts'

interface Words {
  readonly title: string
  readonly lead: string
  readonly now: string
  readonly how: string
  readonly app: string
  readonly file: string
  readonly restart: string
  readonly visitor: string
}

const words: Readonly<Record<string, Words>> = {
  en: {
    title: 'This PC is reachable',
    lead: 'The connection through the gateway works. Nothing is shared on it yet.',
    now: 'If this is your PC',
    how: 'Choose what visitors of this address see:',
    app: 'In the Tildegate app: “Share something”.',
    file: 'Or in the file backbalance.bin: add the address of a local service to the entry.',
    restart: 'Then start the agent again, and reload this page.',
    visitor: 'If this is not your PC, ask its owner what they meant to share.',
  },
  de: {
    title: 'Dieser PC ist erreichbar',
    lead: 'Die Verbindung über das Gateway steht. Es ist darauf noch nichts freigegeben.',
    now: 'Wenn das Ihr PC ist',
    how: 'Legen Sie fest, was Besucher dieser Adresse sehen:',
    app: 'In der Tildegate-App: „Etwas freigeben“.',
    file: 'Oder in der Datei backbalance.bin: Ergänzen Sie im Eintrag die Adresse eines lokalen Dienstes.',
    restart: 'Starten Sie dann den Agenten neu und laden Sie diese Seite neu.',
    visitor: 'Wenn das nicht Ihr PC ist, fragen Sie seinen Besitzer, was er freigeben wollte.',
  },
  fr: {
    title: 'Ce PC est joignable',
    lead: 'La connexion par la passerelle fonctionne. Rien n’y est encore partagé.',
    now: 'Si c’est votre PC',
    how: 'Choisissez ce que voient les visiteurs de cette adresse :',
    app: 'Dans l’application Tildegate : « Partager quelque chose ».',
    file: 'Ou dans le fichier backbalance.bin : ajoutez à l’entrée l’adresse d’un service local.',
    restart: 'Redémarrez ensuite l’agent et rechargez cette page.',
    visitor: 'Si ce n’est pas votre PC, demandez à son propriétaire ce qu’il voulait partager.',
  },
}
const languages = Object.keys(words)

export function createWelcomeSite(): Server {
  const template = readAsset('welcome.html').toString('utf8')
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return sendText(request, response, 405, 'GET only')
    }
    if (pathname !== '/') return sendText(request, response, 404, 'Nothing is shared here.')
    const language = new Negotiator(request).language(languages) ?? 'en'
    sendPage(request, response, {
      type: 'text/html; charset=utf-8',
      body: fill(template, language),
      headers: {
        'Content-Language': language,
        Vary: 'Accept-Language',
        'Content-Security-Policy':
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      },
    })
  })
}

function fill(template: string, language: string): string {
  const texts: Readonly<Record<string, string>> = { ...words[language] }
  const translated = template.replace('<html lang="en">', `<html lang="${language}">`)
  return translated.replace(/\{\{(\w+)\}\}/g, (_, word: string) => texts[word] ?? '')
}
