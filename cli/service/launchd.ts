/** A property list for launchd (launchd.plist(5)). */
import { isAbsolute, join } from 'node:path'
import { ownMark, type ServicePlan, type ServiceRequest } from './plan.ts'
import { xmlText } from './xml.ts'

export function launchdPlan(request: ServiceRequest): ServicePlan {
  const { name, scope, home, uid, folder, user } = request
  const isSystem = scope === 'system'
  const label = `net.tildegate.${name}`
  const path = join(
    isSystem ? '/Library/LaunchDaemons' : join(home, 'Library/LaunchAgents'),
    `${label}.plist`,
  )
  const log = join(isSystem ? '/Library/Logs' : join(home, 'Library/Logs'), `tildegate-${name}.log`)
  const files = request.entryFiles.flatMap(file => ['--file', isAbsolute(file) ? file : join(folder, file)])
  const words = [...request.program, name, ...files, ...request.options]
  const domain = isSystem ? 'system' : `gui/${uid}`
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${ownMark} -->
<plist version="1.0">
<dict>
  <key>Label</key><string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words.map(word => `    <string>${xmlText(word)}</string>`).join('\n')}
  </array>
  <key>WorkingDirectory</key><string>${xmlText(folder)}</string>
${isSystem ? `  <key>UserName</key><string>${xmlText(user)}</string>\n` : ''}  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key><integer>10</integer>
  <key>ExitTimeOut</key><integer>40</integer>
  <key>Umask</key><integer>63</integer>
  <key>SoftResourceLimits</key><dict><key>NumberOfFiles</key><integer>65536</integer><key>Core</key><integer>0</integer></dict>
  <key>StandardErrorPath</key><string>${xmlText(log)}</string>
</dict>
</plist>
`
  return {
    files: [{ path, content }],
    superseded: [],
    install: [
      // Fails where it is not loaded yet, which is no failure: launchd has no "load or replace".
      ['sh', '-c', `launchctl bootout ${domain}/${label} 2>/dev/null; exit 0`],
      ['launchctl', 'bootstrap', domain, path],
    ],
    uninstall: [['launchctl', 'bootout', `${domain}/${label}`]],
    afterwards: [],
    status: ['launchctl', 'print', `${domain}/${label}`],
    notes: [
      `The log: ${log}`,
      ...(isSystem ? [`It runs as ${user}, who must be able to read the files in ${folder}.`] : []),
    ],
  }
}
