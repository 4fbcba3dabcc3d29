/**
 * What diagnostics say, in English; `{word}` is filled from the details. A key is the diagnostic's code, and behind a slash which case of
 * it. The windows' other languages have the same keys (renderer/i18n/diagnostics).
 */
import { type Details, filled } from '../filled.ts'

export const diagnosticTexts = {
  'not-utf8': 'This line is not UTF-8 text.',
  'text-after-end': 'Something stands behind the first ; of the rule.',
  'not-understood': 'This line is not understood, ignored: an entry begins with /~~ or SSL /~~.',
  'no-semicolon': 'The line does not end in a semicolon.',
  'no-equals': 'There is no = between the name and the rest.',
  'bad-name': 'A name has 1 to 64 of the characters A-Z a-z 0-9 . _ -.',
  'bad-name/missing': 'The name is missing.',
  'duplicate-name': 'The name {name} stands in line {first} already.',
  'duplicate-name/at-gateway': 'The name {name} at {gateway} stands in line {first} already.',
  'similar-name': 'The name {name} differs from {other} in line {first} only in upper and lower case.',
  'empty-password': 'The password is empty.',
  'no-hash': 'There is no # between the password and the gateway.',
  'no-colon': 'Behind the # that ends the password stands a colon and then the address rule.',
  'no-rule': 'The address rule behind #: is missing.',
  'no-star': 'Before an address, a prefix or a domain stands a *.',
  'second-address': 'Only one IP entry is allowed.',
  'bad-rule': 'The address rule is *, a positive port, or * and an address, prefix or domain.',
  'bad-rule/behind-star':
    'This is neither an address, nor a prefix like *51.254.*, nor a range like *10.0.0.0/8, nor a domain.',
  'bad-rule-port': 'The port must be a positive whole number; any one means "any address".',
  rdpport: 'RDPPORT has no meaning on a back entry, because the subserver makes the connection.',
  'rdpport/direct': 'RDPPORT is not supported here: visitors reach this address with HTTP.',
  'not-an-entry':
    'This is neither a back entry (a password that ends in #: and an address rule) nor a direct entry (host:port).',
  'ssl-here': 'SSL has no meaning here: it belongs before the line in balance.bin.',
  'bad-gateway': 'Behind the # stands the gateway as host:port.',
  'gateway-no-port': 'The gateway has no port.',
  'arrow-without-spaces': 'An arrow has a space on each side.',
  'bad-proxy': 'A proxy is written as host:port, with a login before it where it needs one.',
  'proxy-no-port': 'The proxy has no port.',
  'proxy-no-user': 'The login of the proxy has no user.',
  'bad-port/gateway': 'The gateway’s port is not between 1 and 65535.',
  'bad-port/proxy': 'The proxy’s port is not between 1 and 65535.',
  'misplaced-arrow': 'The target is the last part of a line; proxies stand before it.',
  'bad-target': 'The target is not an address of the form http://host:port/path, without ? and #.',
  'bad-target/login': 'A target has no login in its address.',
  'bad-target/port': 'The target’s port is not between 1 and 65535.',
  'bad-target/path': 'The target’s path has characters that must be percent-encoded.',
  'target-not-supported': 'Targets of this kind are not supported yet.',
  'bad-option': 'This option is not known, or stands twice.',
  'bad-option/not-in-entry': 'A password for visitors belongs to an entry.',
  'bad-visitors': 'The password for visitors does not stand in this file.',
  'bad-variable': 'Behind env: stands the name of a variable: letters, digits and _.',
} as const

/** What to write instead, or what to do. */
export const mendTexts = {
  write: 'write {instead}',
  'write-either': 'write {instead} or {or}',
  'save-as-utf8': 'save the file as UTF-8',
  'remove-indent': 'remove the white space before it',
  'ssl-in-capitals': 'write SSL in capitals and one space before /~~',
  'entry-or-comment': 'write an entry, or # before a comment',
  'add-semicolon': 'add ; and put what may stand behind it on a line of its own',
  'end-at-semicolon': 'end the line with the first ; and write a comment on a line of its own, after #',
  'another-name': 'choose another name, or remove one of the two',
  'clearer-name': 'choose a name that nobody can mistake for the other',
  'one-address': 'write one address, a range or a prefix',
  'without-rdpport': 'write it without RDPPORT',
  'without-ssl': 'write the line without SSL',
  'with-user': 'write user:password@host:port, or without a login host:port',
  'target-last': 'write … -> PROXY -> PROXY => TARGET;',
  'http-target': 'write an http:// or https:// target',
  'known-options': 'the options that there are: host=keep behind an address, visitors=keychain',
  'in-the-entry': 'write it in the entry: => http://127.0.0.1:3000 visitors=keychain',
  'visitors-in-keychain':
    'write visitors=keychain and store it: tildegate secret set --visitors NAME@HOST:PORT',
} as const

export type DiagnosticText = keyof typeof diagnosticTexts
export type MendText = keyof typeof mendTexts

type CodeOf<Text extends string> = Text extends `${infer Code}/${string}` ? Code : Text
export type DiagnosticCode = CodeOf<DiagnosticText>

/** What is wrong and what to do, as data: for whoever says it in another language. No password gets in here. */
export interface Wording {
  readonly text: DiagnosticText
  readonly mend: MendText
  /** For both. */
  readonly details: Details
}

export function codeOf({ text }: Wording): DiagnosticCode {
  return text.split('/', 1)[0] as DiagnosticCode
}

export function inEnglish({ text, mend, details }: Wording): { message: string; mend: string } {
  return { message: filled(diagnosticTexts[text], details), mend: filled(mendTexts[mend], details) }
}
