/**
 * The container: image and commands are those of Containerfile and docs/operations/container.md. Built and run by podman where it is there, its last
 * stage as it stands: the executable comes from `npm run package:gateway` here, not from a build in a container, and Debian's libraries of this
 * computer are the base, for neither npm nor a registry of images is asked by a test.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { createProgram } from '../../cli/program.ts'
import { gatewayLimitTable } from '../../gateway/limits.ts'
import { makeFolder, removeFolder, temporaryFolder } from '../support/files.ts'
import { listening } from '../support/listening.ts'
import { freePort } from '../support/other-programs.ts'
import { Podman, podmanOnThisComputer } from '../support/podman.ts'
import { startAgent, stopAll } from '../support/programs.ts'
import { blocksOf, fillIn } from '../support/recipe.ts'
import { TurnedFolder } from '../support/turned-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const containerfile = readFileSync(join(root, 'Containerfile'), 'utf8')
const lastStage = containerfile.slice(containerfile.lastIndexOf('\nFROM '))
const { isThere, howToGetIt } = await podmanOnThisComputer()

/** The words of the page's command that begins so, with a test's own places in it. */
function commandOfPage(begin: string, places: readonly (readonly [string, string])[], end = ''): string[] {
  const block = blocksOf('container.md').find(one => one.startsWith(begin) && one.trim().endsWith(end))
  if (block === undefined) throw new Error(`the page has no ${begin}`)
  return fillIn(block.replaceAll('\\\n', ' '), places).trim().split(/\s+/).slice(1)
}

describe.skipIf(!isThere)(`the container image ${howToGetIt}`, { timeout: 120_000 }, () => {
  let podman: Podman

  beforeAll(async () => {
    podman = await Podman.start()
    podman.makeBase('localhost/base')
    const context = makeFolder()
    const made = spawnSync(process.execPath, ['scripts/package-gateway.mjs', join(context, 'image')], {
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(made.stderr)
    mkdirSync(join(context, 'image/state'))
    const built = `FROM scratch AS build\nCOPY image /image\n`
    writeFileSync(join(context, 'Containerfile'), `ARG BASE_IMAGE\n${built}${lastStage}`)
    const build = commandOfPage('podman build', [[' .', ` --build-arg BASE_IMAGE=localhost/base ${context}`]])
    podman.must(...build)
    removeFolder(context)
  }, 300_000)
  afterEach(stopAll)
  afterAll(() => podman.end())

  /** Of the container's user, as the page has it. */
  function settingsFolder(files: Readonly<Record<string, string>>): string {
    const folder = temporaryFolder(files)
    chmodSync(folder, 0o755)
    for (const name of Object.keys(files)) {
      chmodSync(join(folder, name), 0o600)
      chownSync(join(folder, name), 65_532, 65_532)
    }
    return folder
  }

  /** By the page's command, in this computer's network. `settings`: a folder, or files for one. */
  async function startContainer(settings: string | Readonly<Record<string, string>>, name = randomUUID()) {
    const [port, tlsPort, admin] = [await freePort(), await freePort(), await freePort()]
    const folder = typeof settings === 'string' ? settings : settingsFolder(settings)
    podman.must(
      ...commandOfPage('podman run', [
        ['--name tildegate ', `--name ${name} `],
        ['--ulimit core=0', `--ulimit core=0 ${Podman.limits}`],
        ['--publish 443:8443', `--network host --env TILDEGATE_ADMIN=127.0.0.1:${admin}`],
        ['/srv/tildegate:', `${folder}:`],
        ['tildegate-state', `${name}-state`],
        ['--listen-tls 0.0.0.0:8443', `--listen 127.0.0.1:${port} --listen-tls 127.0.0.1:${tlsPort}`],
        ['https://gateway.example', `http://127.0.0.1:${port}`],
      ]),
    )
    onTestFinished(() => void podman.run('rm', '--force', '--time=0', name))
    const log = () => {
      const { stdout, stderr } = podman.run('logs', name)
      return stdout + stderr
    }
    await expect.poll(log).toContain('admin ready')
    const state = podman.must('volume', 'inspect', '--format', '{{.Mountpoint}}', `${name}-state`)
    return {
      ...{ name, log, url: `http://127.0.0.1:${port}`, ready: `http://127.0.0.1:${admin}/readyz` },
      pid: podman.must('inspect', '--format', '{{.State.Pid}}', name),
      certificate: () => readFileSync(join(state, 'self-signed.crt'), 'utf8'),
    }
  }

  it('has no user but one without rights, and says how it is to be run', () => {
    const [image] = JSON.parse(podman.must('image', 'inspect', 'tildegate')) as [object]
    expect(image).toMatchObject({
      Config: {
        User: '65532:65532',
        Entrypoint: ['/usr/local/bin/tildegate'],
        Cmd: ['gateway'],
        StopSignal: 'SIGTERM',
        Volumes: { '/var/lib/tildegate': {} },
      },
      Healthcheck: { Test: ['CMD', '/usr/local/bin/tildegate', 'health'] },
    })
  })

  it('serves visitors and agents with a root that is read-only, and without a capability', async () => {
    const gateway = await startContainer({ 'balance.bin': '/~~home=pw#:*;\n' })
    const { url } = await startAgent(['--line', `/~~home=pw#${gateway.url};`])
    expect(await (await fetch(url)).text()).toContain('<!doctype html>')
    const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m)
    expect(status).toMatch(/^Cap(?:Eff|Bnd):\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(readFileSync(`/proc/${gateway.pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m)
    expect(podman.must('exec', gateway.name, '/usr/local/bin/tildegate', 'health')).toBe('ready')
    expect(podman.run('healthcheck', 'run', gateway.name)).toMatchObject({ status: 0 })
  })

  it('takes up a Secret of Kubernetes that is turned, and keeps its own certificate for the container after it', async () => {
    const files = { 'balance.bin': '/~~home=pw#:*;\n', 'tildegate.toml': '[limits]\nrefreshLookMs = 500\n' }
    const turned = new TurnedFolder(temporaryFolder(), files)
    chmodSync(turned.folder, 0o755)
    const gateway = await startContainer(turned.folder)
    turned.turn({ ...files, 'balance.bin': `${files['balance.bin']}/~~two=pw2#:*;\n` })
    await expect.poll(gateway.log).toContain('new settings are in force')
    await startAgent(['--line', `/~~two=pw2#${gateway.url};`])
    const kept = gateway.certificate()
    podman.must('rm', '--force', gateway.name)
    const next = await startContainer(turned.folder, gateway.name)
    expect(next.certificate()).toBe(kept)
  })

  it('lets a request in flight end when it is stopped', async () => {
    const released = Promise.withResolvers<void>()
    const target = createServer((_, response) => {
      response.write('begun, ')
      void released.promise.then(() => response.end('ended'))
    })
    const port = await listening(target)
    const gateway = await startContainer({ 'balance.bin': '/~~home=pw#:*;\n' })
    const { url } = await startAgent(['--line', `/~~home=pw#${gateway.url} => http://127.0.0.1:${port};`])
    const answer = await fetch(url)
    const stop = podman.start('stop', gateway.name)
    const stopped = once(stop, 'exit')
    await expect.poll(() => fetch(gateway.ready).then(({ status }) => status)).toBe(503)
    released.resolve()
    expect(await answer.text()).toBe('begun, ended')
    expect(await stopped).toEqual([0, null])
    expect(podman.must('inspect', '--format', '{{.State.ExitCode}}', gateway.name)).toBe('0')
  })

  it('says what is missing where no settings are mounted', async () => {
    const gateway = podman.run(
      'run',
      '--rm',
      '--read-only',
      '--network=none',
      ...Podman.limits.split(' '),
      'tildegate',
    )
    expect(gateway.status).toBe(78)
    expect(gateway.stderr).toContain('There is no file /etc/tildegate/balance.bin')
  })

  it('is an agent, too', async () => {
    const gateway = await startContainer({ 'balance.bin': '/~~home=pw#:*;\n' })
    const folder = settingsFolder({ 'backbalance.bin': `/~~home=pw#${gateway.url};\n` })
    const places = [
      ['/srv/tildegate-agent', folder],
      ['--name tildegate-agent', '--name agent --network host'],
      ['--ulimit core=0', `--ulimit core=0 ${Podman.limits}`],
    ] as const
    podman.must(...commandOfPage('podman run', places, 'tildegate agent'))
    onTestFinished(() => void podman.run('rm', '--force', '--time=0', 'agent'))
    const visit = () => fetch(`${gateway.url}/~~home/`).then(answer => answer.status)
    await expect.poll(visit).toBe(200)
  })
})

/** Each page of settings says the same as the image: what one of them changes, the others must. */
describe('docs/operations/container.md', () => {
  const grace = gatewayLimitTable.stopMs.value / 1000
  const [compose, kubernetes] = blocksOf('container.md').filter(block =>
    /^(?:services|apiVersion):/.test(block),
  )
  const service = parse(compose ?? '').services.tildegate
  const [deployment, exposed] = parseAllDocuments(kubernetes ?? '').map(document => document.toJS())
  const pod = deployment.spec.template.spec
  const [container] = pod.containers

  it('gives compose what it gives podman', () => {
    const words = commandOfPage('podman run', [])
    const given = (option: string) => words.flatMap((word, i) => (word === option ? [words[i + 1]] : []))
    expect(service.command).toEqual(words.slice(words.indexOf('gateway')))
    expect(service.ports).toEqual(given('--publish'))
    expect(service.stop_grace_period).toBe(`${given('--stop-timeout')}s`)
    expect(service.volumes.map((volume: string) => volume.replace(/^state:/, 'tildegate-state:'))).toEqual(
      given('--volume'),
    )
    expect(Number(given('--stop-timeout'))).toBeGreaterThan(grace)
  })

  it('gives Kubernetes what the image is', () => {
    expect(pod.securityContext.fsGroup).toBe(65_532)
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      grace + container.lifecycle.preStop.sleep.seconds,
    )
    expect(container.volumeMounts.map((mount: { mountPath: string }) => mount.mountPath)).toEqual([
      '/etc/tildegate',
      '/etc/tildegate-tls',
      '/var/lib/tildegate',
    ])
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(container[probe].exec.command.slice(0, 2)).toEqual(['/usr/local/bin/tildegate', 'health'])
    expect(exposed.spec.ports[0].targetPort).toBe(container.ports[0].name)
    expect(container.args[2]).toBe(`0.0.0.0:${container.ports[0].containerPort}`)
  })

  it('gives the gateway options that it has', () => {
    const gateway = createProgram(() => {}).commands.find(command => command.name() === 'gateway')
    const known = gateway?.options.map(option => option.long)
    for (const args of [service.command, container.args])
      for (const option of args.filter((word: string) => word.startsWith('--')))
        expect(known).toContain(option)
  })
})

describe('Containerfile', () => {
  it('runs nothing in the image that is shipped, for there is nothing to run it with', () => {
    expect(lastStage).not.toMatch(/^RUN /m)
    expect(lastStage).toMatch(/^USER 65532:65532$/m)
  })

  it('is given nothing but what the repository builds from', () => {
    const [everything, ...allowed] = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
    expect(everything).toBe('*')
    const references = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references
    for (const { path } of references as { path: string }[])
      expect(allowed).toContain(`!${path.split('/')[0]}`)
  })
})
