/**
 * Every failure that a user can meet, in one table. `docs/errors.md` is checked against it.
 * `text` says what happened, `mend` what to do; `{word}` is filled from the details.
 * Errors are recognised by `code`, never by their text.
 */
import { type Details, filled } from './filled.ts'

export type ErrorCategory =
  | 'config'
  | 'wire'
  | 'auth'
  | 'net'
  | 'link'
  | 'limit'
  | 'store'
  | 'target'
  | 'internal'

/**
 * How the agent goes on after it. `backoff`: 1 s to 60 s with full jitter; `slow`: from 60 s on;
 * `needs-user`: at most every 5 minutes and shown as "needs your attention"; `never`: not retried.
 */
export type RetryPolicy = 'backoff' | 'slow' | 'needs-user' | 'never'

export interface ErrorRow {
  readonly category: ErrorCategory
  readonly retry: RetryPolicy
  /** The status a visitor gets when this ends a visitor's request. */
  readonly http?: number
  readonly text: string
  readonly mend: string
}

const table = {
  'gateway-name-unknown': {
    category: 'net',
    retry: 'backoff',
    text: 'The name {host} could not be resolved.',
    mend: 'Check the spelling of the gateway and whether this computer is online.',
  },
  'dial-refused': {
    category: 'net',
    retry: 'backoff',
    text: 'Nothing accepts connections at {host}:{port}.',
    mend: 'Check address and port, and whether the gateway runs.',
  },
  'dial-timeout': {
    category: 'net',
    retry: 'backoff',
    text: '{host}:{port} did not answer within {seconds} s.',
    mend: 'Check address and port; a firewall may drop the connection.',
  },
  'dial-unreachable': {
    category: 'net',
    retry: 'backoff',
    text: '{host}:{port} cannot be reached from here ({reason}).',
    mend: 'Check the network connection of this computer.',
  },
  'proxy-name-unknown': {
    category: 'net',
    retry: 'backoff',
    text: 'The name of the proxy {hop} could not be resolved.',
    mend: 'Check the spelling of the proxy and whether this computer is in the company’s network.',
  },
  'proxy-unreachable': {
    category: 'net',
    retry: 'backoff',
    text: 'The proxy {hop} cannot be reached ({reason}).',
    mend: 'Check address and port of the proxy and whether this computer is in the company’s network.',
  },
  'proxy-hop-timeout': {
    category: 'net',
    retry: 'backoff',
    text: 'The proxy {hop} did not answer within {seconds} s.',
    mend: 'Check address and port of the proxy; it may be overloaded.',
  },
  'proxy-chain-timeout': {
    category: 'net',
    retry: 'backoff',
    text: 'The way through the proxies was not open within {seconds} s; it stopped at {hop}.',
    mend: 'Check that proxy; it may be overloaded.',
  },
  'proxy-closed': {
    category: 'net',
    retry: 'backoff',
    text: 'The proxy {hop} closed the connection without an answer.',
    mend: 'Check that this is an HTTP proxy that allows CONNECT.',
  },
  'proxy-not-http': {
    category: 'net',
    retry: 'slow',
    text: 'What answers at {hop} is no HTTP proxy ({reason}).',
    mend: 'Check address and port of the proxy.',
  },
  'proxy-keeps-closing': {
    category: 'net',
    retry: 'slow',
    text: 'The proxy {hop} closes the connection in the middle of the login, again and again.',
    mend: 'Ask the network’s admin; something before the proxy may break its logins.',
  },
  'proxy-tls-untrusted': {
    category: 'net',
    retry: 'needs-user',
    text: 'TLS with the proxy {hop} could not be agreed ({reason}).',
    mend: 'The proxy’s certificate must be trusted by this computer; ask the network’s admin for the company’s root certificate.',
  },
  'proxy-forbidden': {
    category: 'net',
    retry: 'needs-user',
    text: 'The proxy {hop} does not allow connections to {destination} ({status}).',
    mend: 'Ask the network’s admin to allow CONNECT to this address and port; port 443 is usually allowed.',
  },
  'proxy-far-side-failed': {
    category: 'net',
    retry: 'backoff',
    text: 'The proxy {hop} could not reach {destination} ({status}, {reason}).',
    mend: 'Check address and port behind this proxy; if they are right, it passes by itself.',
  },
  'proxy-refused': {
    category: 'net',
    retry: 'slow',
    text: 'The proxy {hop} refused the connection ({status}, {reason}).',
    mend: 'Check address and port of the proxy: it may be a web server, or a proxy for plain http alone. Ask the network’s admin which proxy takes https (CONNECT).',
  },
  'proxy-login-page': {
    category: 'net',
    retry: 'slow',
    text: 'The proxy {hop} answered with a web page in place of a connection.',
    mend: 'Open any web page in the browser: this network may want you to log in first. If not, check address and port of the proxy.',
  },
  'system-proxy-unavailable': {
    category: 'net',
    retry: 'backoff',
    text: 'What this computer says about its proxy could not be found out ({reason}).',
    mend: 'Mend it there, or write the proxies into the entry in place of system.',
  },
  'system-proxy-skipped': {
    category: 'net',
    retry: 'never',
    text: 'The proxy {hop}, which this computer’s settings name first, is out of reach; the next way was tried.',
    mend: 'Nothing to do if the next way works. Else tell the network’s admin which proxy is out of reach.',
  },
  'connection-lost': {
    category: 'net',
    retry: 'backoff',
    text: 'The connection to {host} was closed unexpectedly.',
    mend: 'Nothing to do: it is tried again by itself.',
  },
  'outer-tls-failed': {
    category: 'net',
    retry: 'backoff',
    text: 'TLS with {host}:{port} could not be agreed ({reason}).',
    mend: 'Check the port, or write http:// or https:// before the gateway’s name. With --ca: whether the gateway’s certificate verifies by that file.',
  },
  'not-a-gateway': {
    category: 'wire',
    retry: 'slow',
    text: '{host}:{port} answered {status} where a Tildegate gateway answers 101.',
    mend: 'Check that this address is the gateway and not another web server or a login page in between.',
  },
  'captive-portal': {
    category: 'wire',
    retry: 'slow',
    text: 'A web page answered at {host}:{port} in the gateway’s place: perhaps the login page of this network.',
    mend: 'Open any web page in the browser and log in to this network. If there is nothing to log in to, check that this address is the gateway.',
  },
  'gateway-unavailable': {
    category: 'net',
    retry: 'backoff',
    text: 'The gateway at {host}:{port} is not available at the moment ({status}).',
    mend: 'Nothing to do: it is tried again by itself.',
  },
  'handshake-timeout': {
    category: 'wire',
    retry: 'backoff',
    text: 'The handshake was not finished within {seconds} s.',
    mend: 'Nothing to do: it is tried again by itself.',
  },
  'protocol-violation': {
    category: 'wire',
    retry: 'backoff',
    text: 'The other side broke the protocol: {reason}.',
    mend: 'Update both sides to the same version; if it stays, report it.',
  },
  'version-not-spoken': {
    category: 'wire',
    retry: 'needs-user',
    text: 'The gateway speaks another version of the protocol (up to {version}).',
    mend: 'Update the agent or the gateway.',
  },
  'password-refused': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The gateway did not accept the name or the password.',
    mend: 'Compare name and password with the line in the gateway’s balance.bin.',
  },
  'gateway-not-proven': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The gateway could not prove that it knows the password.',
    mend: 'You may be talking to the wrong gateway. Check its address before you go on.',
  },
  'address-refused': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The gateway does not accept this name from this network address.',
    mend: 'Ask the gateway’s admin to adapt the address rule of this name.',
  },
  'name-in-use': {
    category: 'auth',
    retry: 'slow',
    text: 'Already connected from elsewhere.',
    mend: 'Stop the other agent that uses this name, or take another name.',
  },
  'proxy-auth-refused': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} refused the login.',
    mend: 'Check domain, user and password of this proxy. If they are right, the account may be locked or its password expired: many proxies do not tell. The same login is tried at most twice, so that we lock no account.',
  },
  'proxy-auth-refused-backslash': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} refused the login. The password holds a backslash; only one before the user asks for NTLM.',
    mend: 'If this proxy wants NTLM, write \\user:password or domain\\user:password.',
  },
  'proxy-account-locked': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} refused the login: the account is locked.',
    mend: 'Ask your company’s help desk to unlock it, or wait until the lock is over. Someone, or some program, has used a wrong password too often.',
  },
  'proxy-account-barred': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} refused the login: the account may not log in here ({reason}).',
    mend: 'Ask your company’s help desk, or use another account for this proxy.',
  },
  'proxy-password-expired': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} refused the login: the password has expired.',
    mend: 'Change your password as your company asks you to, for example by logging in at a PC of it; then enter the new one for this proxy.',
  },
  'proxy-auth-given-up': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} has refused this login {tries} times; it is not tried again, so that the account is not locked.',
    mend: 'Enter another password for this proxy. If this one is right after all, because the account was unlocked: tildegate test --retry-refused',
  },
  'proxy-login-required': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} asks for a login ({offered}), and the entry has none.',
    mend: 'Add user:password@ before the proxy, or domain\\user:password@ for NTLM.',
  },
  'system-proxy-login-required': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} asks for a login ({offered}); this computer names the proxy ({source}), but no login for it.',
    mend: 'Write the proxy with its login in place of system: {scheme}user:password@{hop}, or {scheme}domain\\user:password@{hop} for NTLM. Or store one: tildegate secret set --hop {hop} --login user',
  },
  'system-proxy-wants-ntlm': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} offers {offered}; the login that this computer has for it ({source}) asks for Basic.',
    mend: 'Put a backslash before the user there, %5C in a variable: %5Cuser, or domain%5Cuser.',
  },
  'proxy-wants-ntlm': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} offers {offered}, the entry asks for Basic.',
    mend: 'Put a backslash before the user for NTLM: \\user or domain\\user.',
  },
  'proxy-scheme-not-offered': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} offers {offered}, the entry asks for {wanted}.',
    mend: 'A backslash before the user asks for NTLM, none for Basic, which hands the password to the proxy as it is. For any other login ask the network’s admin.',
  },
  'proxy-ntlmv1-refused': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} asks for NTLMv1, which can be cracked; it was not answered.',
    mend: 'Ask the network’s admin to allow NTLMv2.',
  },
  'proxy-ntlm-no-challenge': {
    category: 'net',
    retry: 'slow',
    text: 'The proxy {hop} does not go on with an NTLM login: no challenge comes.',
    mend: 'Something between this computer and the proxy may break its logins; ask the network’s admin.',
  },
  'proxy-ntlm-malformed': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The proxy {hop} sent an NTLM challenge that cannot be read.',
    mend: 'Ask the network’s admin; something in between may have changed it.',
  },
  'tunnel-disabled': {
    category: 'auth',
    retry: 'needs-user',
    text: 'The gateway’s admin has switched this name off.',
    mend: 'Ask the gateway’s admin.',
  },
  'visitors-not-asked': {
    category: 'auth',
    retry: 'needs-user',
    text: 'This gateway ({gateway}) cannot ask visitors for a password, so nothing is shared through it.',
    mend: 'Ask the gateway’s admin to update it. Or stop asking for a password: take visitors= out of the entry; then anyone who knows the address can open it.',
  },
  'visitor-login-needed': {
    category: 'auth',
    retry: 'never',
    http: 401,
    text: 'This address asks for a password.',
    mend: 'Log in with a browser, or send it by HTTP Basic with any user name.',
  },
  'visitor-password-wrong': {
    category: 'auth',
    retry: 'never',
    http: 401,
    text: 'The password for this address is wrong.',
    mend: 'Ask the person who shares it.',
  },
  'visitor-login-foreign': {
    category: 'auth',
    retry: 'never',
    http: 403,
    text: 'A login came from another page than the login page of this address.',
    mend: 'Open the address itself and log in there. Behind a proxy that ends TLS, set --public-url.',
  },
  'visitor-guesses': {
    category: 'limit',
    retry: 'never',
    http: 429,
    text: 'Too many wrong passwords for this address from your network.',
    mend: 'Wait as long as Retry-After says, then try again.',
  },
  'password-missing': {
    category: 'store',
    retry: 'needs-user',
    text: 'The password for {name} is not available ({reason}).',
    mend: 'Store it with `tildegate secret set`, write it into the entry, or set the variable that the entry names.',
  },
  'keychain-not-installed': {
    category: 'store',
    retry: 'needs-user',
    text: 'The keychain of this system cannot be used ({reason}).',
    mend: 'On Linux install libsecret and a keyring: apt install libsecret-1-0 gnome-keyring (Fedora: dnf install libsecret gnome-keyring). Without a keychain, --secret-store file keeps secrets in a sealed file, which is weaker.',
  },
  'keychain-not-running': {
    category: 'store',
    retry: 'needs-user',
    text: 'No keychain runs in this session ({reason}).',
    mend: 'Log in at the desktop, or install and start a keyring (apt install gnome-keyring); on a server see docs/secrets.md. Without a keychain, --secret-store file keeps secrets in a sealed file, which is weaker.',
  },
  'keychain-locked': {
    category: 'store',
    retry: 'needs-user',
    text: 'The keychain is locked and did not give out {name}.',
    mend: 'Unlock it: log in at the desktop, or run gnome-keyring-daemon --replace --unlock, which reads its password from standard input. If it is unlocked, another program removed the secret: store it again with `tildegate secret set`.',
  },
  'keychain-shut': {
    category: 'store',
    retry: 'needs-user',
    text: 'The keychain is locked.',
    mend: 'Unlock it with its own program (Seahorse, KWalletManager, KeePassXC), or log in at the desktop anew. Without a desktop run gnome-keyring-daemon --replace --unlock, which reads its password from standard input.',
  },
  'keychain-not-made': {
    category: 'store',
    retry: 'needs-user',
    text: 'A keychain runs, but there is no keyring in it yet.',
    mend: 'The first secret that is stored makes one, and the keychain asks for a password for it. Without a desktop run gnome-keyring-daemon --replace --unlock, which reads that password from standard input.',
  },
  'keychain-no-answer': {
    category: 'store',
    retry: 'needs-user',
    text: 'The keychain did not answer within {seconds} s.',
    mend: 'It may show a window that waits for its password: look for it and unlock the keychain.',
  },
  'keychain-failed': {
    category: 'store',
    retry: 'needs-user',
    text: 'The keychain refused to work ({reason}).',
    mend: 'Look at the secret with the keychain’s own program (Seahorse, Keychain Access, Credential Manager), then store it again.',
  },
  'secret-store-unusable': {
    category: 'store',
    retry: 'needs-user',
    text: '{file} cannot be used ({reason}).',
    mend: 'Make the file and its folder readable and writable for you alone; if it is damaged, remove it and store the secret again.',
  },
  'secret-store-damaged': {
    category: 'store',
    retry: 'needs-user',
    text: 'The sealed secret of {name} cannot be opened ({reason}).',
    mend: 'Put the key file back if you have it; else remove the secret with `tildegate secret delete` and store it again.',
  },
  'secrets-differ': {
    category: 'store',
    retry: 'never',
    text: '{file} gives two passwords for {name}, in the lines {lines}; a secret store keeps one.',
    mend: 'Write the right one into both lines, then try again. Nothing was changed.',
  },
  'gateway-overloaded': {
    category: 'limit',
    retry: 'backoff',
    text: 'The gateway takes no more connections at the moment.',
    mend: 'Nothing to do: it is tried again by itself.',
  },
  'gateway-silent': {
    category: 'link',
    retry: 'backoff',
    text: 'The gateway has not answered for {seconds} s.',
    mend: 'Nothing to do: the agent connects again by itself.',
  },
  'gateway-stopping': {
    category: 'link',
    retry: 'backoff',
    text: 'The gateway stops or restarts.',
    mend: 'Nothing to do: the agent connects again by itself.',
  },
  'dropped-by-admin': {
    category: 'link',
    retry: 'slow',
    text: 'The gateway’s admin has dropped this connection.',
    mend: 'Ask the gateway’s admin if it stays away.',
  },
  'replaced-by-own-session': {
    category: 'link',
    retry: 'never',
    text: 'A newer connection of this same agent has taken over.',
    mend: 'Nothing to do.',
  },
  'outer-certificate-changed': {
    category: 'link',
    retry: 'backoff',
    text: 'The gateway shows another certificate than before.',
    mend: 'Nothing to do: a new control connection is made; certificates rotate.',
  },
  'tls-inspected': {
    category: 'link',
    retry: 'never',
    text: 'Something between this computer and the gateway ends TLS in its place and could read it. What visitors exchange is encrypted once more inside, and the password is never sent.',
    mend: 'Nothing to do: the tunnel works and is safe. It may be your company’s inspection or a TLS terminator in front of the gateway; its admin can name that one’s certificate with --public-cert.',
  },
  'only-websockets-pass': {
    category: 'link',
    retry: 'never',
    text: 'Something between this computer and the gateway lets only WebSockets pass; the tunnel goes through them.',
    mend: 'Nothing to do: it works all the same.',
  },
  'inner-tls-failed': {
    category: 'link',
    retry: 'backoff',
    text: 'The encryption inside the connection could not be agreed with the gateway ({reason}).',
    mend: 'Nothing to do if it is rare; if it stays, something between agent and gateway alters the connection.',
  },
  'agent-silent': {
    category: 'link',
    retry: 'backoff',
    text: 'No alive packet came for {seconds} s.',
    mend: 'Check the network between agent and gateway.',
  },
  'back-connection-refused': {
    category: 'link',
    retry: 'backoff',
    http: 502,
    text: 'The agent could not open a connection for the visitor ({reason}).',
    mend: 'See the agent’s log for the cause.',
  },
  'back-connection-timeout': {
    category: 'link',
    retry: 'backoff',
    http: 504,
    text: 'The agent did not open a connection for the visitor in time.',
    mend: 'Check the load and the network of the agent’s computer.',
  },
  'tunnel-offline': {
    category: 'link',
    retry: 'never',
    http: 404,
    text: 'This address is not connected at the moment, or does not exist.',
    mend: 'Check the address; if it is right, ask its owner to start the agent.',
  },
  'tunnel-busy': {
    category: 'limit',
    retry: 'never',
    http: 503,
    text: 'Too many visitors use this address at the moment.',
    mend: 'Try again in a few seconds.',
  },
  'too-many-requests': {
    category: 'limit',
    retry: 'never',
    http: 429,
    text: 'More requests come from this network address than the gateway takes of one.',
    mend: 'Try again in {seconds} s; for an address of many people or programs, the gateway’s admin can allow more.',
  },
  'target-refused': {
    category: 'target',
    retry: 'never',
    http: 502,
    text: 'The service behind this address does not answer.',
    mend: 'Start the service on the computer that shares it.',
  },
  'target-dns': {
    category: 'target',
    retry: 'never',
    http: 502,
    text: 'The name of the service behind this address could not be resolved.',
    mend: 'Check the target’s name in the agent’s entry.',
  },
  'target-tls': {
    category: 'target',
    retry: 'never',
    http: 502,
    text: 'TLS with the service behind this address could not be agreed.',
    mend: 'Check whether the target speaks https and its certificate is trusted by the agent’s computer.',
  },
  'target-timeout': {
    category: 'target',
    retry: 'never',
    http: 504,
    text: 'The service behind this address takes too long.',
    mend: 'Check the service on the computer that shares it.',
  },
  'target-not-http': {
    category: 'target',
    retry: 'never',
    text: 'What answers at the address of the service is not HTTP.',
    mend: 'Check the target’s address and port, and whether it wants https in place of http.',
  },
  'target-reports-error': {
    category: 'target',
    retry: 'never',
    text: 'The service answers, but with an error of its own ({status}).',
    mend: 'Look at the service itself: visitors get this answer too.',
  },
  'target-broke-off': {
    category: 'target',
    retry: 'never',
    http: 502,
    text: 'The service behind this address broke off its answer.',
    mend: 'Check the service on the computer that shares it.',
  },
  'request-timeout': {
    category: 'limit',
    retry: 'never',
    http: 408,
    text: 'The request did not come completely within the time allowed.',
    mend: 'Check the connection and try again.',
  },
  'visitor-stalled': {
    category: 'limit',
    retry: 'never',
    text: 'The visitor does not read the answer.',
    mend: 'Nothing to do: the connection was closed.',
  },
  'request-malformed': {
    category: 'wire',
    retry: 'never',
    http: 400,
    text: 'The request is not valid HTTP ({reason}).',
    mend: 'Use a browser or a client that follows RFC 9112.',
  },
  'listen-in-use': {
    category: 'config',
    retry: 'never',
    text: 'Another program already listens at {host}:{port}.',
    mend: 'Stop that program, or choose another port: --listen, --listen-tls or --admin.',
  },
  'listen-denied': {
    category: 'config',
    retry: 'never',
    text: 'Listening at {host}:{port} is not permitted.',
    mend: 'Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE on Linux); or choose a higher port.',
  },
  'listen-address': {
    category: 'config',
    retry: 'never',
    text: 'This computer cannot listen at {host}:{port} ({reason}).',
    mend: 'Name an address of this computer, or 0.0.0.0 for all.',
  },
  'passed-sockets-unusable': {
    category: 'config',
    retry: 'never',
    text: 'The sockets that the service manager has passed cannot be used: {reason}.',
    mend: 'Name each one http or https: FileDescriptorName= in its .socket unit, --fdname= of systemd-socket-activate.',
  },
  'service-file-foreign': {
    category: 'config',
    retry: 'never',
    text: '{file} is there already, and “tildegate service install” did not write it.',
    mend: 'Look at it. To have it replaced, move it away first; to keep it, change it by hand.',
  },
  'service-program-hidden': {
    category: 'config',
    retry: 'never',
    text: 'The user of the service may not read {file}, where this program is.',
    mend: 'Make the program one file with npm run package:gateway, put it into /usr/local/bin and run the command by that one; or let everybody read it.',
  },
  'service-not-permitted': {
    category: 'config',
    retry: 'never',
    text: 'A service of the whole system may be set up by an administrator alone ({reason}).',
    mend: 'Run the command again with sudo (Windows: in a terminal “as administrator”), or set up one of your own with --user.',
  },
  'service-manager-missing': {
    category: 'config',
    retry: 'never',
    text: 'This computer’s service manager cannot be used: {reason}.',
    mend: 'Services are set up by systemd, launchd or the Windows task scheduler. Look at what would be written with --dry-run, and adapt it.',
  },
  'service-command-failed': {
    category: 'config',
    retry: 'never',
    text: '“{command}” failed: {reason}.',
    mend: 'Mend what it says and run the same command again; it goes on where it stopped.',
  },
  'proxy-header-invalid': {
    category: 'wire',
    retry: 'never',
    text: 'The PROXY header of a front proxy cannot be used ({reason}).',
    mend: 'Let the front proxy send PROXY protocol 1 or 2, or take its address out of proxyProtocolFrom.',
  },
  'certificate-unusable': {
    category: 'config',
    retry: 'never',
    text: 'The certificate {file} cannot be used: {reason}.',
    mend: 'Give PEM files of one certificate (with its chain) and of the key that belongs to it.',
  },
  'acme-name-unfit': {
    category: 'config',
    retry: 'never',
    text: 'No certificate can be had for {name}: {reason}.',
    mend: 'Name hosts as visitors type them, such as gateway.example, without scheme, port and star.',
  },
  'acme-state-unwritable': {
    category: 'store',
    retry: 'backoff',
    text: 'What a certificate authority gives cannot be kept in {folder} ({reason}).',
    mend: 'Let the gateway’s user write there: without it each start would ask for another certificate, until the authority refuses.',
  },
  'acme-directory-unreachable': {
    category: 'net',
    retry: 'backoff',
    text: 'The certificate authority at {directory} cannot be reached ({reason}).',
    mend: 'Check whether this computer reaches the internet, and --acme-directory if it is given.',
  },
  'acme-terms': {
    category: 'config',
    retry: 'slow',
    text: 'The certificate authority asks to agree to its terms ({reason}).',
    mend: 'Read them and, if you agree, give --acme-agree-tos.',
  },
  'acme-challenge-refused': {
    category: 'auth',
    retry: 'slow',
    text: 'The certificate authority could not see that {name} leads to this gateway ({challenge}): {reason}.',
    mend: 'Check that the name’s addresses, A and AAAA, lead here, and that port 80 reaches a plain listener (http-01) or port 443 a TLS listener (tls-alpn-01).',
  },
  'acme-rate-limited': {
    category: 'limit',
    retry: 'slow',
    text: 'The certificate authority has given or refused too many certificates lately: {reason}.',
    mend: 'Nothing to do but wait: the gateway asks again when it may. Try things out with --acme-staging.',
  },
  'acme-names-refused': {
    category: 'auth',
    retry: 'slow',
    text: 'The certificate authority gives no certificate for these names: {reason}.',
    mend: 'Check the names, and the CAA records of their domain.',
  },
  'acme-refused': {
    category: 'auth',
    retry: 'slow',
    text: 'The certificate authority refused: {reason}.',
    mend: 'See what it says; the gateway asks again later.',
  },
  'admin-needs-token': {
    category: 'config',
    retry: 'never',
    text: 'The admin listener at {host} is reachable from other computers and has no token.',
    mend: 'Give --admin-token-file, or let it listen at 127.0.0.1.',
  },
  'admin-token-weak': {
    category: 'config',
    retry: 'never',
    text: 'The admin token is shorter than {bytes} bytes or holds spaces.',
    mend: 'Make one, for example with: openssl rand -hex 32',
  },
  'ipc-refused': {
    category: 'internal',
    retry: 'never',
    text: 'The request {channel} was refused: it is not one that this window may make.',
    mend: 'Restart Tildegate. If it happens again, please report it.',
  },
  'engine-silent': {
    category: 'internal',
    retry: 'backoff',
    text: 'The part of Tildegate that holds the tunnels does not answer.',
    mend: 'It is restarted by itself. If it does not come back, restart Tildegate.',
  },
  'tunnel-not-listed': {
    category: 'config',
    retry: 'never',
    text: 'There is no tunnel {name} any more.',
    mend: 'Look at the list: backbalance.bin was changed meanwhile.',
  },
  'file-unreadable': {
    category: 'store',
    retry: 'never',
    text: '{file} cannot be read ({reason}).',
    mend: 'Look at the file and its permissions.',
  },
  'file-changed-meanwhile': {
    category: 'store',
    retry: 'never',
    text: '{file} was changed by another program meanwhile.',
    mend: 'Nothing was changed: look at the file and try again.',
  },
  'file-not-written': {
    category: 'store',
    retry: 'never',
    text: '{file} could not be written ({reason}).',
    mend: 'The file is as it was. Check its permissions and the space on the disk, then try again.',
  },
  'secret-misplaced': {
    category: 'config',
    retry: 'never',
    text: 'A hidden password stands where it would be told to somebody else.',
    mend: 'Type the password anew there.',
  },
  'entry-unwritable': {
    category: 'config',
    retry: 'never',
    text: 'This cannot be written into backbalance.bin.',
    mend: 'Check the name (letters, digits, . _ -) and that no user’s name holds a colon or an arrow.',
  },
  'name-taken': {
    category: 'config',
    retry: 'never',
    text: 'There is a tunnel {name} at this gateway already.',
    mend: 'Choose another name.',
  },
  'target-unreadable': {
    category: 'config',
    retry: 'never',
    text: 'The address to share is not one: {reason}',
    mend: 'Write it like http://127.0.0.1:3000.',
  },
  'test-busy': {
    category: 'limit',
    retry: 'never',
    text: 'Several connection tests are under way already.',
    mend: 'Wait until one of them is done.',
  },
  'address-not-opened': {
    category: 'config',
    retry: 'never',
    text: 'The address {url} is not opened from here: it is not https.',
    mend: 'Copy it, and open it in your browser.',
  },
  internal: {
    category: 'internal',
    retry: 'backoff',
    http: 500,
    text: 'Something went wrong inside Tildegate.',
    mend: 'Please report it with the log around this time.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof table
export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table

/** Values for the `{word}` places of a text. Never a secret. */
export type ErrorDetails = Details

export class TildegateError extends Error {
  override readonly name = 'TildegateError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(filled(errorTable[code].text, details), options)
    this.code = code
    this.details = details
  }

  get row(): ErrorRow {
    return errorTable[this.code]
  }

  /** What to do about it. */
  get mend(): string {
    return filled(this.row.mend, this.details)
  }
}
