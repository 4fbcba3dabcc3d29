/** Real reverse proxies in front of the gateway that let no upgrade pass but WebSocket's, as their manuals show it. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../support/files.ts'
import { freePort, isInstalled, startListening } from '../../support/other-programs.ts'
import { runGateway } from '../../support/running-gateway.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { startTunnel } from './scene.ts'

interface Front {
  readonly port: number
  readonly gatewayPort: number
  readonly folder: string
  readonly tls: boolean
}

function nginxConfig({ port, gatewayPort, folder, tls }: Front): string {
  const secure = tls ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;` : ''
  return `daemon off; pid ${folder}/nginx.pid; error_log stderr error; worker_processes 1; user root;
events { worker_connections 256; }
http {
  access_log off;
  map $http_upgrade $passed { default ""; "~*^websocket$" $http_upgrade; }
  map $http_upgrade $kept { default close; "~*^websocket$" upgrade; }
  server { listen 127.0.0.1:${port}${tls ? ' ssl' : ''}; ${secure}
    location / { proxy_pass http://127.0.0.1:${gatewayPort}; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;
      client_max_body_size 0; proxy_set_header Host $http_host; proxy_set_header Upgrade $passed; proxy_set_header Connection $kept; } }
}
`
}

function haproxyConfig({ port, gatewayPort, folder, tls }: Front): string {
  return `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
frontend front
  bind 127.0.0.1:${port}${tls ? ` ssl crt ${folder}/both.pem` : ''}
  http-request deny deny_status 400 if { req.hdr(upgrade) -m found } !{ req.hdr(upgrade) -i websocket }
  default_backend gateway
backend gateway
  server gateway 127.0.0.1:${gatewayPort}
`
}

const fronts = [
  ['nginx', ['-v'], nginxConfig, (file: string) => ['-c', file]],
  ['haproxy', ['-v'], haproxyConfig, (file: string) => ['-f', file]],
] as const

describe.each(fronts)('%s', (program, version, config, args) => {
  describe.skipIf(!isInstalled(program, ...version))(`in front [needs: apt-get install ${program}]`, () => {
    it.each([false, true])('lets the tunnel pass in WebSockets (TLS: %s)', { timeout: 30_000 }, async tls => {
      const gateway = await runGateway({ balance: '/~~a=pw#:*;\n' })
      const pair = await selfSigned()
      const folder = temporaryFolder({
        'cert.pem': pair.cert,
        'key.pem': pair.key,
        'both.pem': `${pair.cert}\n${pair.key}`,
      })
      const port = await freePort()
      const file = join(folder, 'front.conf')
      writeFileSync(file, config({ port, gatewayPort: gateway.port, folder, tls }))
      await startListening(program, args(file), port)
      const target = createServer((request, response) => void request.pipe(response))
      target.listen(0, '127.0.0.1')
      await once(target, 'listening')
      onTestFinished(() => {
        target.closeAllConnections()
        target.close()
      })
      const { tunnel, states, until } = startTunnel({
        port,
        scheme: tls ? 'https' : 'http',
        target: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`,
      })
      expect(await until('established')).toMatchObject({ outer: tls ? 'unproven' : 'plain' })
      expect(tunnel.status()).toMatchObject({ framing: 'websocket' })
      expect(states.all.map(({ state }) => state)).not.toContain('waiting')
      const body = Buffer.alloc(1_000_000, 'abcdefg')
      const visits = Array.from({ length: 10 }, async () => {
        const response = await fetch(`${gateway.url}/~~a/`, { method: 'POST', body })
        return Buffer.from(await response.arrayBuffer()).equals(body)
      })
      expect(await Promise.all(visits)).toEqual(Array(10).fill(true))
    })
  })
})
