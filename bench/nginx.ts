/** nginx as the peer that people compare a reverse proxy with; left out where it is not installed. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'

export async function startNginx(folder: string, targetPort: number) {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr warn; worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  upstream site { server 127.0.0.1:${targetPort}; keepalive 64; }
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
}
`,
  )
  const nginx = spawn('nginx', ['-c', file, '-p', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
  await untilListening(port)
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      nginx.kill('SIGTERM')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await new Promise(resolve => setTimeout(resolve, 20))
    } finally {
      socket.destroy()
    }
  }
  throw new Error('nginx does not listen')
}
