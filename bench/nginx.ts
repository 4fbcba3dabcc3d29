/** nginx as the peer that people compare a reverse proxy with; left out where it is not installed. */
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, untilListening } from './listening.ts'

export interface NginxOptions {
  /** A command that runs it. */
  readonly within?: readonly string[]
  readonly connections?: number
}

export async function startNginx(folder: string, targetPort: number, options: NginxOptions = {}) {
  const { within = [], connections = 1024 } = options
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined
  const [port, balancedPort] = [await freePort(), await freePort()]
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr warn; worker_processes 1;
worker_rlimit_nofile ${connections};
events { worker_connections ${connections}; }
http {
  access_log off;
  upstream site { server 127.0.0.1:${targetPort}; keepalive 64; }
  server { listen 127.0.0.1:${port}; listen 127.0.0.1:${balancedPort} proxy_protocol;
    location / { proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
}
`,
  )
  const [command = '', ...rest] = [...within, 'nginx', '-c', file, '-p', folder]
  const nginx = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit'] })
  await untilListening('nginx', port)
  return {
    url: `http://127.0.0.1:${port}`,
    /** Where it wants a PROXY header. */
    balancedPort,
    stop: () => {
      nginx.kill('SIGTERM')
    },
  }
}
