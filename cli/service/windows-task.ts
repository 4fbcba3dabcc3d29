/**
 * A task of the Windows task scheduler. Not a service in Windows' sense: such a program must speak with the service control manager, which Node
 * cannot, and a foreign wrapper is a binary more to trust. The schema: http://schemas.microsoft.com/windows/2004/02/mit/task.
 */
import { win32 } from 'node:path'
import { ownMark, type ServicePlan, type ServiceRequest } from './plan.ts'
import { xmlText } from './xml.ts'

/** S-1-5-19, LocalService: may use the network, and next to nothing of the computer. */
const localService = 'S-1-5-19'

export function windowsTaskPlan(request: ServiceRequest, programData: string): ServicePlan {
  const { name, scope, folder, home, user } = request
  const isSystem = scope === 'system'
  const task = `\\Tildegate\\${name}${isSystem ? '' : ` of ${user.replace(/[\\/:*?"<>|]/g, '_')}`}`
  const base = isSystem
    ? win32.join(programData, 'tildegate')
    : win32.join(home, 'AppData', 'Local', 'tildegate')
  const path = win32.join(base, `${name}-task.xml`)
  const [program = '', ...first] = request.program
  const files = request.entryFiles.flatMap(file => [
    '--file',
    win32.isAbsolute(file) ? file : win32.join(folder, file),
  ])
  const words = [...first, name, ...files, ...request.options]
  const content = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Tildegate ${name}. ${ownMark}</Description>
  </RegistrationInfo>
  <Triggers>
    ${isSystem ? '<BootTrigger><Enabled>true</Enabled></BootTrigger>' : `<LogonTrigger><Enabled>true</Enabled><UserId>${xmlText(user)}</UserId></LogonTrigger>`}
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${isSystem ? localService : xmlText(user)}</UserId>
      ${isSystem ? '' : '<LogonType>InteractiveToken</LogonType>\n      '}<RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(program)}</Command>
      <Arguments>${xmlText(words.map(windowsQuoted).join(' '))}</Arguments>
      <WorkingDirectory>${xmlText(folder)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`
  return {
    // The scheduler wants what the declaration says: UTF-16 with its mark.
    files: [{ path, content: Buffer.from(`\ufeff${content.replaceAll('\n', '\r\n')}`, 'utf16le') }],
    superseded: [],
    install: [
      ['schtasks', '/Create', '/TN', task, '/XML', path, '/F'],
      ['schtasks', '/Run', '/TN', task],
    ],
    uninstall: [
      ['schtasks', '/End', '/TN', task],
      ['schtasks', '/Delete', '/TN', task, '/F'],
    ],
    afterwards: [],
    status: ['schtasks', '/Query', '/TN', task, '/V', '/FO', 'LIST'],
    notes: [
      'It is a scheduled task: see it in the Task Scheduler, below Tildegate.',
      ...(isSystem
        ? [
            `It runs as LocalService, who must be able to read ${folder}: icacls FOLDER /grant *${localService}:(OI)(CI)R`,
          ]
        : []),
    ],
  }
}

/** As CommandLineToArgvW takes it apart: backslashes count only before a quotation mark. */
export function windowsQuoted(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}
