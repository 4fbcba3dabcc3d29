/** What the page asks of the gateway besides listening. Addresses are relative: a front proxy may serve it below a path. */
const api = '../api/'

/** No page of another origin can send it. */
const ownPage = { 'X-Tildegate-Dashboard': '1' }

export const eventsAddress = (tunnel: string | undefined): string =>
  `${api}events${tunnel === undefined ? '' : `?tunnel=${encodeURIComponent(tunnel)}`}`

/** HTTP's status; 0 where nobody answered. */
export async function statusNow(): Promise<number> {
  return statusOf(fetch(`${api}state`, { method: 'HEAD', cache: 'no-store' }))
}

export async function login(token: string): Promise<number> {
  return statusOf(post('login', JSON.stringify({ token })))
}

export async function logout(): Promise<number> {
  return statusOf(post('logout'))
}

export async function drop(tunnel: string): Promise<number> {
  return statusOf(post(`tunnels/${encodeURIComponent(tunnel)}/drop`))
}

function post(path: string, body?: string): Promise<Response> {
  return fetch(api + path, { method: 'POST', headers: ownPage, ...(body === undefined ? {} : { body }) })
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  try {
    return (await answer).status
  } catch {
    return 0
  }
}
