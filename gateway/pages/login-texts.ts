/** The words of the page that asks a visitor for the password, in the visitors' languages. Nothing of the inside. */
import type { Language } from './texts.ts'

export const loginKinds = ['ask', 'wrong', 'limited', 'foreign', 'leaving'] as const
export type LoginKind = (typeof loginKinds)[number]

interface LoginText {
  readonly title: string
  readonly what: string
}

export interface LoginWords {
  readonly password: string
  readonly open: string
  readonly logOut: string
  readonly kinds: Readonly<Record<LoginKind, LoginText>>
}

export const loginTexts: Readonly<Record<Language, LoginWords>> = {
  en: {
    password: 'Password',
    open: 'Open',
    logOut: 'Log out',
    kinds: {
      ask: {
        title: 'This address asks for a password',
        what: 'Enter the password that you got from the person who shares it.',
      },
      wrong: {
        title: 'This password is wrong',
        what: 'Try it once more, or ask the person who shares this address.',
      },
      limited: {
        title: 'Too many wrong passwords',
        what: 'Wait a minute, then try again.',
      },
      foreign: {
        title: 'The password was not sent from this page',
        what: 'Enter it here. If it stays like this, tell the person who runs this gateway.',
      },
      leaving: {
        title: 'You are logged in',
        what: 'Log out where others use this browser too.',
      },
    },
  },
  de: {
    password: 'Passwort',
    open: 'Öffnen',
    logOut: 'Abmelden',
    kinds: {
      ask: {
        title: 'Diese Adresse fragt nach einem Passwort',
        what: 'Geben Sie das Passwort ein, das Sie von der Person haben, die sie freigibt.',
      },
      wrong: {
        title: 'Dieses Passwort ist falsch',
        what: 'Versuchen Sie es noch einmal, oder fragen Sie die Person, die diese Adresse freigibt.',
      },
      limited: {
        title: 'Zu viele falsche Passwörter',
        what: 'Warten Sie eine Minute, dann versuchen Sie es erneut.',
      },
      foreign: {
        title: 'Das Passwort kam nicht von dieser Seite',
        what: 'Geben Sie es hier ein. Bleibt es dabei, sagen Sie es der Person, die dieses Gateway betreibt.',
      },
      leaving: {
        title: 'Sie sind angemeldet',
        what: 'Melden Sie sich ab, wo auch andere diesen Browser benutzen.',
      },
    },
  },
  fr: {
    password: 'Mot de passe',
    open: 'Ouvrir',
    logOut: 'Se déconnecter',
    kinds: {
      ask: {
        title: 'Cette adresse demande un mot de passe',
        what: 'Saisissez le mot de passe que vous a donné la personne qui la partage.',
      },
      wrong: {
        title: 'Ce mot de passe est faux',
        what: 'Essayez encore une fois, ou demandez à la personne qui partage cette adresse.',
      },
      limited: {
        title: 'Trop de mots de passe faux',
        what: 'Attendez une minute, puis réessayez.',
      },
      foreign: {
        title: 'Le mot de passe ne venait pas de cette page',
        what: 'Saisissez-le ici. Si cela persiste, prévenez la personne qui gère cette passerelle.',
      },
      leaving: {
        title: 'Vous êtes connecté',
        what: 'Déconnectez-vous si d’autres personnes utilisent aussi ce navigateur.',
      },
    },
  },
}
