/** The gateway on sockets that systemd opened, with the real `systemd-socket-activate`. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { takePassedSockets } from '../../cli/service/passed-sockets.ts'
import { temporaryFolder } from '../support/files.ts'
import { freePort, isInstalled } from '../support/other-programs.ts'
import { type Program, startAgent, startCommand, stopAll } from '../support/programs.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const isThere = isInstalled('systemd-socket-activate', '--version')

afterEach(stopAll)

describe.skipIf(!isThere)(
  'sockets that are passed on [needs: apt install systemd]',
  { timeout: 60_000 },
  () => {
    /** Starts at the first connection, as systemd would. */
    async function activated(
      names: string,
      ports: readonly number[],
      options: readonly string[] = [],
    ): Promise<Program> {
      const folder = temporaryFolder({ 'balance.bin': '/~~homePC=pw#:*;\n' })
      const program = startCommand(
        [
          'systemd-socket-activate',
          ...ports.flatMap(port => ['-l', `127.0.0.1:${port}`]),
          `--fdname=${names}`,
          ...[process.execPath, main, 'gateway', '--state', join(folder, 'state'), ...options],
        ],
        { cwd: folder },
      )
      await program.logged(/^Listening on/, undefined, ports.length - 1)
      const socket = connect(ports[0] ?? 0, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
      return program
    }

    it('serve plain HTTP and TLS as they are named, and no port besides', async () => {
      const [port, tlsPort] = [await freePort(), await freePort()]
      const program = await activated('http:https', [port, tlsPort])
      await program.line(/^gateway ready/, undefined, 1)
      expect(program.stdout).toEqual([
        `gateway ready http://127.0.0.1:${port}`,
        `gateway ready https://127.0.0.1:${tlsPort}`,
      ])
      for (const url of [`http://127.0.0.1:${port}`, `https://127.0.0.1:${tlsPort}`]) {
        const agent = await startAgent(['--line', `/~~homePC=pw#${url};`])
        expect(await (await fetch(`http://127.0.0.1:${port}/~~homePC/`)).text()).toContain('<!doctype html>')
        agent.program.signal('SIGTERM')
        await agent.program.ended
      }
      program.signal('SIGTERM')
      expect(await program.ended).toBe(0)
    })

    it('are enough for a certificate of an authority: no --listen-tls beside them', async () => {
      const authority = `https://127.0.0.1:${await freePort()}/directory`
      const acme = ['--acme', 'gateway.example', '--acme-agree-tos', '--acme-directory', authority]
      const program = await activated('https', [await freePort()], acme)
      await program.line(/^gateway ready https:/)
      await program.logged(/acme-directory-unreachable/)
      program.signal('SIGTERM')
      expect(await program.ended).toBe(0)
    })

    it('are refused where their names say nothing', async () => {
      const program = await activated('http:something', [await freePort(), await freePort()])
      expect(await program.ended).toBe(78)
      expect(program.stderr.at(-1)).toContain('number 4 is named "something"')
    })
  },
)

describe('what the service manager passes', () => {
  it('is for the process it names alone', () => {
    const environment = { LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: 'http' }
    expect(takePassedSockets(environment, 8)).toBeUndefined()
    expect(takePassedSockets({}, 8)).toBeUndefined()
    expect(takePassedSockets(environment, 7)).toEqual([{ host: 'socket', port: 0, fd: 3, tls: false }])
    expect(environment).toEqual({})
  })

  it.each([['many'], ['-1'], ['1.5']])('is refused where LISTEN_FDS is %s', text => {
    expect(() => takePassedSockets({ LISTEN_PID: '7', LISTEN_FDS: text }, 7)).toThrow(
      `LISTEN_FDS is "${text}"`,
    )
  })
})
