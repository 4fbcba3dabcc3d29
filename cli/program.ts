/** The command line as data: names, options, help. Names and options are fixed (scripts rely on them). */
import { Command, InvalidArgumentError, Option } from 'commander'
import { AddressRanges } from '../gateway/listen/address-ranges.ts'
import { type AgentFlags, runAgent } from './commands/agent.ts'
import { runCheck } from './commands/check.ts'
import { runDemo } from './commands/demo.ts'
import { runGateway } from './commands/gateway.ts'
import { type HealthFlags, runHealth } from './commands/health.ts'
import { secretCommand } from './commands/secret-command.ts'
import { serviceCommand } from './commands/service-command.ts'
import { runTest, type TestFlags } from './commands/test.ts'
import type { ExitStatus } from './failure.ts'
import { type HostPort, parseHostPort } from './host-port.ts'
import { logFormats, logLevels } from './logging.ts'
import { secretStoreOption } from './secret-store-option.ts'
import { parseAcmeDirectory, parseAcmeEmail, parseAcmeName } from './settings/acme.ts'
import { parseHostMode } from './settings/host-mode.ts'
import { parsePublicUrl } from './settings/public-url.ts'
import { parseHstsSeconds, parseSwitch } from './settings/switches.ts'
import { version } from './version.ts'

/** Repeatable, and a comma-separated list in a variable or the config file. */
function collect<T>(parse: (text: string) => T) {
  return (text: string, before: readonly T[] | undefined): readonly T[] => [
    ...(before ?? []),
    ...text.split(',').map(item => parse(item.trim())),
  ]
}

const asText = (text: string) => text

/** An entry may hold commas: it is repeated, never split. */
const collectEntries = (text: string, before: readonly string[] | undefined) => [...(before ?? []), text]

function addressRange(text: string): string {
  try {
    AddressRanges.parse([text])
    return text
  } catch {
    throw new InvalidArgumentError('Write an address or a range, for example 10.0.0.1 or 10.0.0.0/8.')
  }
}

const listOfHostPorts: (text: string, before: readonly HostPort[] | undefined) => readonly HostPort[] =
  collect(parseHostPort)

function withLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--log-level <level>', 'how much to log')
        .choices(logLevels)
        .default('info')
        .env('TILDEGATE_LOG_LEVEL'),
    )
    .addOption(
      new Option('--log-format <format>', 'pretty on a terminal, else json')
        .choices(logFormats)
        .env('TILDEGATE_LOG_FORMAT'),
    )
}

/** Without its variable, which is named after it: all of them together would not fit a screen. */
function describeBriefly({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description} (${argChoices.join(', ')})`
}

function gatewayCommand(): Command {
  const setting = (flags: string, variable: string, description: string) =>
    new Option(flags, description).env(`TILDEGATE_${variable}`)
  const switchSetting = (flags: string, variable: string, description: string) =>
    setting(`${flags} [yes|no]`, variable, description).argParser(parseSwitch)
  return withLogOptions(
    new Command('gateway')
      .description('Serve visitors and agents. Reads balance.bin.')
      .configureHelp({ optionDescription: describeBriefly })
      .addOption(
        setting('--listen <host:port>', 'LISTEN', 'plain HTTP; repeatable; port 0: any').argParser(
          listOfHostPorts,
        ),
      )
      .addOption(
        setting('--listen-tls <host:port>', 'LISTEN_TLS', 'HTTPS; repeatable').argParser(listOfHostPorts),
      )
      .addOption(setting('--cert <file>', 'CERT', 'certificate chain, PEM (else self-signed, kept)'))
      .addOption(setting('--key <file>', 'KEY', 'its private key, PEM'))
      .addOption(
        setting(
          '--public-cert <file>',
          'PUBLIC_CERT',
          'certificate of a TLS terminator in front; repeatable',
        ).argParser(collect(asText)),
      )
      .addOption(setting('--balance <file>', 'BALANCE', 'default ./balance.bin, ./webserver/balance.bin'))
      .addOption(setting('--state <folder>', 'STATE', 'what it keeps; default .tildegate beside balance.bin'))
      .addOption(setting('--public-url <url>', 'PUBLIC_URL', 'what visitors type').argParser(parsePublicUrl))
      .addOption(
        setting('--host-mode <domain>', 'HOST_MODE', 'tunnels at name.domain, each its own origin').argParser(
          parseHostMode,
        ),
      )
      .addOption(
        setting(
          '--acme <name>',
          'ACME',
          'a certificate of Let’s Encrypt for this host; repeatable',
        ).argParser(collect(parseAcmeName)),
      )
      .addOption(switchSetting('--acme-agree-tos', 'ACME_AGREE_TOS', 'you agree to its terms'))
      .addOption(setting('--acme-email <address>', 'ACME_EMAIL', 'told to it').argParser(parseAcmeEmail))
      .addOption(switchSetting('--acme-staging', 'ACME_STAGING', 'its certificates for trying things out'))
      .addOption(
        setting('--acme-directory <url>', 'ACME_DIRECTORY', 'another authority').argParser(
          parseAcmeDirectory,
        ),
      )
      .addOption(setting('--acme-directory-ca <file>', 'ACME_DIRECTORY_CA', 'which verifies by these (PEM)'))
      .addOption(
        setting('--hsts [seconds]', 'HSTS', 'HSTS on answers by TLS (for a year unless told)').argParser(
          parseHstsSeconds,
        ),
      )
      .addOption(
        switchSetting('--hsts-subdomains', 'HSTS_SUBDOMAINS', 'HSTS for all tunnels of --host-mode too'),
      )
      .addOption(switchSetting('--redirect-to-tls', 'REDIRECT_TO_TLS', 'plain visitors to --public-url'))
      .addOption(switchSetting('--http2', 'HTTP2', 'HTTP/2 for visitors by TLS; on unless it says no'))
      .addOption(
        setting('--admin <host:port>', 'ADMIN', 'dashboard, metrics, health').argParser(parseHostPort),
      )
      .addOption(setting('--admin-token-file <file>', 'ADMIN_TOKEN_FILE', 'needed beyond loopback'))
      .addOption(
        setting(
          '--trust-forwarded <range>',
          'TRUST_FORWARDED',
          'front proxies whose X-Forwarded-* count',
        ).argParser(collect(addressRange)),
      )
      .addOption(
        setting(
          '--proxy-protocol <range>',
          'PROXY_PROTOCOL',
          'front proxies that speak PROXY v1/v2',
        ).argParser(collect(addressRange)),
      ),
  ).addHelpText(
    'after',
    `
Examples:
  tildegate gateway                                    plain on 0.0.0.0:8080
  tildegate gateway --listen-tls 0.0.0.0:443 --cert chain.pem --key key.pem
Settings may also stand in variables (--public-url: TILDEGATE_PUBLIC_URL) and in
tildegate.toml beside balance.bin: see docs/config.md.`,
  )
}

function agentCommand(): Command {
  return withLogOptions(
    new Command('agent')
      .description('Share services of this computer. Reads backbalance.bin.')
      .addOption(
        new Option('--file <file>', 'default ./backbalance.bin, ./webserver/backbalance.bin').argParser(
          collectEntries,
        ),
      )
      .addOption(
        new Option('--line <entry>', 'an entry in place of a file; repeatable').argParser(collectEntries),
      )
      .option('--target <url>', 'what entries without "=> target" share')
      .option('--ca <file>', 'the gateway’s certificate must verify against these (PEM)')
      .option('--status-json', 'one JSON object a state change, on standard output')
      .option('--once', 'exit 1 on the first refusal that only you can mend')
      .addOption(secretStoreOption()),
  ).addHelpText(
    'after',
    `
Examples:
  tildegate agent
  tildegate agent --line '/~~pc=env:PW#gw.example:443 => http://127.0.0.1:3000;'
A password in the keychain (tildegate secret), the file or a variable (env:VAR)
stays out of the process list.`,
  )
}

function testCommand(): Command {
  return new Command('test')
    .description('Test each station of the route, from here to the gateway, and the target.')
    .addOption(
      new Option('--file <file>', 'default ./backbalance.bin, ./webserver/backbalance.bin')
        .argParser(collectEntries)
        .conflicts('line'),
    )
    .addOption(new Option('--line <entry>', 'an entry in place of a file').argParser(collectEntries))
    .option('--target <url>', 'what entries without "=> target" share')
    .option('--ca <file>', 'the gateway’s certificate must verify against these (PEM)')
    .option('--json', 'machine-readable')
    .addOption(secretStoreOption())
    .option('--retry-refused', 'try proxy logins again that were refused before (an account may be locked)')
    .addHelpText(
      'after',
      `
Examples:
  tildegate test
  tildegate test --line '/~~pc=env:PW#gw.example:443 -> proxy.corp:8080;' --json
A running agent is not disturbed.
Exit status: 0 every station passed, 1 one failed.`,
    )
}

function checkCommand(): Command {
  return new Command('check')
    .description('Diagnose balance.bin or backbalance.bin.')
    .argument('<file>')
    .addOption(
      new Option('--kind <kind>', 'where the name does not tell').choices(['gateway', 'subserver'] as const),
    )
    .option('--json', 'machine-readable')
    .addHelpText(
      'after',
      `
Examples:
  tildegate check balance.bin
  tildegate check other.txt --kind subserver --json
Exit status: 0 no errors (warnings may be), 1 errors.`,
    )
}

function healthCommand(): Command {
  return new Command('health')
    .description('Ask a gateway of this computer, at its admin listener, whether it takes visitors.')
    .addOption(
      new Option('--admin <host:port>', 'as the gateway has it')
        .argParser(parseHostPort)
        .env('TILDEGATE_ADMIN'),
    )
    .addOption(
      new Option('--admin-token-file <file>', 'as the gateway has it').env('TILDEGATE_ADMIN_TOKEN_FILE'),
    )
    .option('--live', 'only whether it answers at all')
    .addHelpText(
      'after',
      `
Example:
  tildegate health --admin 127.0.0.1:9090
For health checks of containers. Exit status: 0 it does, 1 it does not.`,
    )
}

function demoCommand(): Command {
  return new Command('demo')
    .description('Gateway, agent and a sample target on this computer; prints a URL.')
    .addOption(
      new Option('--listen <host:port>', 'of the gateway')
        .argParser(parseHostPort)
        .default({ host: '127.0.0.1', port: 0 }, '127.0.0.1:0'),
    )
    .addHelpText('after', '\nExample:\n  tildegate demo')
}

/** Each command calls `finish` with its exit status. */
export function createProgram(finish: (status: ExitStatus) => void): Command {
  const program = new Command('tildegate')
    .description('Reach a computer behind any firewall or proxy from any browser.')
    .version(version)
    .showHelpAfterError('(add --help for the options)')
  program.addCommand(
    gatewayCommand().action(async (_, command: Command) => finish(await runGateway(command))),
  )
  program.addCommand(agentCommand().action(async (flags: AgentFlags) => finish(await runAgent(flags))))
  program.addCommand(testCommand().action(async (flags: TestFlags) => finish(await runTest(flags))))
  program.addCommand(
    checkCommand().action((file: string, options: object) => finish(runCheck(file, options))),
  )
  program.addCommand(healthCommand().action(async (flags: HealthFlags) => finish(await runHealth(flags))))
  program.addCommand(
    demoCommand().action(async (options: { listen: HostPort }) => finish(await runDemo(options))),
  )
  program.addCommand(secretCommand(finish))
  program.addCommand(serviceCommand(finish, { gateway: gatewayCommand, agent: agentCommand }))
  for (const command of [program, ...program.commands]) command.exitOverride()
  return program
}
