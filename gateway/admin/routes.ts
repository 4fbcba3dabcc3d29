/**
 * What the admin listener answers to what. The dashboard's page is for everyone who may come this far, for it holds nothing; all that
 * is told needs access, and all that changes something must come from our own page, or with the token in its header.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DashboardState, loginForm, type VisitView } from '../../shared/dashboard/state.ts'
import type { Access, AdminAccess } from './admin-access.ts'
import { dashboardFile } from './dashboard-files.ts'
import { formOf } from './form-body.ts'
import type { LiveStreams } from './live-streams.ts'
import { jsonReply, type Reply, textReply } from './reply.ts'
import { isForeign, isFromPage } from './same-origin.ts'

export interface AdminSubject {
  metrics(): Promise<string>
  readonly metricsType: string
  /** Takes visitors and agents, and has settings without errors to work with. */
  isReady(): boolean
  state(asksForToken: boolean): DashboardState
  /** The last requests of a tunnel, newest first. */
  visits(tunnel: string): readonly VisitView[]
  /** Ends a tunnel's session. False where none is connected. */
  drop(tunnel: string, by: string): boolean
}

export interface RouteParts {
  readonly subject: AdminSubject
  readonly access: AdminAccess
  readonly streams: LiveStreams
  /** Of the dashboard's built page. */
  readonly folder: string
}

const notFound = textReply(404, 'not found')
const forbidden = textReply(403, 'forbidden')

/** Undefined: the response is taken over. */
export async function replyTo(
  request: IncomingMessage,
  response: ServerResponse,
  parts: RouteParts,
): Promise<Reply | undefined> {
  // A page of the web that knows this port is not the admin.
  if (isForeign(request)) return forbidden
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return path === '/' || path.startsWith('/dashboard')
        ? page(request, path, parts)
        : told(request, response, { path, query }, parts)
    case 'POST':
      return done(request, path, parts)
    default:
      return textReply(405, 'only GET and POST', { Allow: 'GET, HEAD, POST' })
  }
}

async function page(request: IncomingMessage, path: string, { access, folder }: RouteParts): Promise<Reply> {
  // With a token the page asks for it; without one, a foreign name that leads here gets nothing at all.
  const refused = access.asksForToken ? undefined : refusalOf(access.judge(request))
  if (refused !== undefined) return refused
  if (path === '/' || path === '/dashboard')
    return textReply(307, 'see dashboard/', { Location: 'dashboard/' })
  return path.startsWith('/dashboard/') ? dashboardFile(folder, path.slice('/dashboard/'.length)) : notFound
}

async function told(
  request: IncomingMessage,
  response: ServerResponse,
  { path, query }: { path: string; query: string },
  { subject, access, streams }: RouteParts,
): Promise<Reply | undefined> {
  const judged = access.judge(request)
  const refused = refusalOf(judged)
  if (refused !== undefined) return refused
  switch (path) {
    case '/healthz':
      return textReply(200, 'ok')
    case '/readyz':
      return subject.isReady() ? textReply(200, 'ready') : textReply(503, 'not ready')
    case '/metrics':
      return { status: 200, body: await subject.metrics(), headers: { 'Content-Type': subject.metricsType } }
    case '/api/state':
      return jsonReply(subject.state(access.asksForToken))
    case '/api/events':
      if (request.method === 'HEAD') return textReply(405, 'only GET', { Allow: 'GET' })
      if (!streams.mayOpen(addressOf(request)))
        return textReply(503, 'too many dashboards are open', { 'Retry-After': '10' })
      streams.open(
        response,
        new URLSearchParams(query).get('tunnel') ?? undefined,
        () => !isLogin(judged) || refusalOf(access.judge(request)) === undefined,
      )
      return undefined
    default:
      return notFound
  }
}

async function done(request: IncomingMessage, path: string, { subject, access }: RouteParts): Promise<Reply> {
  if (path === '/api/login') {
    if (!isFromPage(request)) return forbidden
    const form = await formOf(request, loginForm)
    return form === undefined ? textReply(400, 'no token was sent') : access.login(form.token, request)
  }
  const judged = access.judge(request)
  if ('refused' in judged) return judged.refused
  // A browser adds a cookie, or comes from this computer, whatever page made it ask.
  if (judged.by !== 'bearer' && !isFromPage(request)) return forbidden
  if (path === '/api/logout') return access.logout(request)
  const name = tunnelOf(path)
  if (name === undefined) return notFound
  return subject.drop(name, addressOf(request))
    ? { status: 204, body: '' }
    : textReply(404, 'no such tunnel is connected')
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown'
}

function refusalOf(access: Access): Reply | undefined {
  return 'refused' in access ? access.refused : undefined
}

/** It may end while a stream is open; the others hold as long as the listener. */
function isLogin(access: Access): boolean {
  return 'by' in access && access.by === 'cookie'
}

function tunnelOf(path: string): string | undefined {
  try {
    const name = /^\/api\/tunnels\/([^/]+)\/drop$/.exec(path)?.[1]
    return name === undefined ? undefined : decodeURIComponent(name)
  } catch {
    return undefined
  }
}
