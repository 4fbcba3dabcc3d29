/** A gRPC-web application (Connect): binary calls by POST, a stream that arrives message by message, errors in trailers. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const esbuild = fromCache('grpc-web/node_modules/.bin/esbuild')
const [isMissing, title] = needs(
  'gRPC-web',
  esbuild,
  fromCache('grpc-web/node_modules/@connectrpc/connect-web'),
)

const files = {
  'schema.mjs': `
import { create, createFileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
const text = { name: 'text', jsonName: 'text', number: 1, type: 9, label: 1 }
const method = (name, serverStreaming) => ({ name, inputType: '.talk.Words', outputType: '.talk.Words', serverStreaming })
const file = create(FileDescriptorProtoSchema, {
  name: 'talk.proto', package: 'talk', syntax: 'proto3',
  messageType: [{ name: 'Words', field: [text] }],
  service: [{ name: 'Talk', method: [method('Say', false), method('Spell', true), method('Fail', false)] }],
})
export const Talk = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getService('talk.Talk')
`,
  'server.mjs': `
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Code, ConnectError } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { Talk } from './schema.mjs'
let goOn
const files = { '/': ['text/html', 'index.html'], '/client.js': ['text/javascript', 'client.js'] }
createServer(connectNodeAdapter({
  connect: false, grpc: false,
  routes: router => router.service(Talk, {
    say: ({ text }) => ({ text: text.toUpperCase() }),
    async *spell({ text }) {
      for (const letter of text) {
        yield { text: letter }
        // The next only when the page has shown this one.
        await new Promise(resolve => { goOn = resolve })
      }
    },
    fail() { throw new ConnectError('not like this', Code.FailedPrecondition) },
  }),
  fallback(request, response) {
    if (request.url === '/shown') { goOn(); response.end() }
    else if (files[request.url] === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': files[request.url][0] }).end(readFileSync(files[request.url][1]))
  },
})).listen(Number(process.argv[2]), '127.0.0.1')
`,
  'client.mjs': `
import { createClient } from '@connectrpc/connect'
import { createGrpcWebTransport } from '@connectrpc/connect-web'
import { Talk } from './schema.mjs'
// Relative to the page, because this client forbids redirects.
const baseUrl = new URL('.', location.href).href.replace(/[/]$/, '')
const client = createClient(Talk, createGrpcWebTransport({ baseUrl }))
window.say = async text => (await client.say({ text })).text
window.spell = async text => {
  const letters = []
  for await (const words of client.spell({ text })) {
    letters.push(words.text)
    await fetch('/shown', { method: 'POST' })
  }
  return letters.join('-')
}
window.fail = () => client.fail({ text: '' }).then(() => 'no failure', error => error.message)
`,
  'index.html': '<!doctype html><link rel="icon" href="data:,"><script src="/client.js"></script>',
}

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    // Beside its packages, where they are found.
    folder = mkdtempSync(fromCache('grpc-web/site-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    spawnSync(esbuild, ['client.mjs', '--bundle', '--format=iife', '--outfile=client.js'], { cwd: folder })
    const port = await freePort()
    await AppProcess.start(process.execPath, ['server.mjs', String(port)], {
      cwd: folder,
      readyUrl: `http://127.0.0.1:${port}/`,
    })
    scene = await AppScene.open(async () => ({ grpc: `http://127.0.0.1:${port}` }))
  })
  afterAll(async () => {
    await scene?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  test.each(modes)('answers calls, streams and fails properly %s', { timeout: sessionMs }, async mode => {
    const { page, complaints } = await scene.visitor()
    await page.goto(scene.url(mode, 'grpc'))
    expect(await page.evaluate("say('hello')")).toBe('HELLO')
    expect(await page.evaluate("spell('tunnel')")).toBe('t-u-n-n-e-l')
    expect(await page.evaluate('fail()')).toBe('[failed_precondition] not like this')
    expect(complaints).toEqual([])
  })
})
