/** The stand-in has nothing that Electron has not: each of its members is compared with the types of the installed `electron`. */
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from 'playwright-core'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { electronOf } from '../support/electron-standin/electron.ts'
import { Machine } from '../support/electron-standin/machine.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What a test or the stand-in itself uses, and the app never. */
const ofTheStandIn = new Set([
  'app.allWindowsClosed',
  'app.ended',
  'app.loginItem',
  'app.schemes',
  'app.wasRelaunched',
  'Menu.find',
  'BrowserWindow.recolour',
  'nativeTheme.systemBecomes',
])

const entry = `${root}tests/policy/uses-electron.ts`
const host = ts.createCompilerHost({})
const program = ts.createProgram(
  [entry],
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    skipLibCheck: true,
    noLib: false,
  },
  {
    ...host,
    fileExists: file => file === entry || host.fileExists(file),
    readFile: file => (file === entry ? '' : host.readFile(file)),
    getSourceFile: (file, target) =>
      file === entry
        ? ts.createSourceFile(file, "import * as electron from 'electron'\nelectron.app.quit()\n", target)
        : host.getSourceFile(file, target),
  },
)
const checker = program.getTypeChecker()
const source = program.getSourceFile(entry)
const declaration = source?.statements.find(ts.isImportDeclaration)
const bindings = declaration?.importClause?.namedBindings
if (bindings === undefined || !ts.isNamespaceImport(bindings)) throw new Error('no import')
const electron = checker.getTypeAtLocation(bindings.name)

function typeOf(type: ts.Type, name: string): ts.Type | undefined {
  const symbol = type.getProperty(name)
  return symbol === undefined ? undefined : checker.getTypeOfSymbol(symbol)
}

const emitterMembers = new Set(Object.getOwnPropertyNames(EventEmitter.prototype))

/** Names of functions and values, those of an emitter and of the language left out. */
function membersOf(value: object): string[] {
  const own = Object.getOwnPropertyNames(value)
  const prototype = Object.getPrototypeOf(value)
  const isOurs =
    prototype !== Object.prototype && prototype !== Function.prototype && prototype !== EventEmitter.prototype
  const inherited =
    isOurs && prototype !== null && typeof value !== 'function' ? Object.getOwnPropertyNames(prototype) : []
  return [...own, ...inherited].filter(
    name =>
      !emitterMembers.has(name) &&
      !name.startsWith('_') &&
      !['constructor', 'length', 'name', 'prototype', 'domain'].includes(name),
  )
}

interface Member {
  readonly path: string
  readonly value: unknown
  readonly type: ts.Type | undefined
}

function* compared(path: string, value: object, type: ts.Type): Generator<Member> {
  for (const name of membersOf(value)) {
    const inner = Reflect.get(value, name) as unknown
    yield { path: `${path}.${name}`, value: inner, type: typeOf(type, name) }
  }
}

const standIn = electronOf(
  new Machine({
    context: {} as BrowserContext,
    userData: '/nowhere',
    locale: 'en',
    colorScheme: 'light',
    systemProxy: 'DIRECT',
    env: {},
  }),
) as unknown as Record<string, object>

const members = Object.entries(standIn).flatMap(([name, value]): Member[] => {
  const type = typeOf(electron, name)
  const own: Member = { path: name, value, type }
  if (type === undefined) return [own]
  if (typeof value !== 'function') return [own, ...compared(name, value, type)]
  const instance = checker.getSignaturesOfType(type, ts.SignatureKind.Construct)[0]?.getReturnType()
  const prototype = (value as { prototype: object }).prototype
  const methods = instance === undefined ? [] : [...compared(name, prototype, instance)]
  return [own, ...compared(name, value, type), ...methods]
})

describe('the stand-in', () => {
  const shown = members.filter(({ path }) => !ofTheStandIn.has(path))

  it('has members to be compared', () => {
    expect(shown.length).toBeGreaterThan(60)
  })

  it.each(shown.map(member => [member.path, member] as const))(
    'has %s as Electron has it',
    (_, { value, type }) => {
      expect(type).toBeDefined()
      if (type === undefined || typeof value !== 'function') return
      const signatures = [
        ...checker.getSignaturesOfType(type, ts.SignatureKind.Call),
        ...checker.getSignaturesOfType(type, ts.SignatureKind.Construct),
      ]
      expect(signatures.length).toBeGreaterThan(0)
      expect(Math.max(...signatures.map(({ parameters }) => parameters.length))).toBeGreaterThanOrEqual(
        value.length,
      )
    },
  )
})
