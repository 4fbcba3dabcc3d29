/** What this computer says about the way to a gateway: environment, system settings, PAC files. */
export { printAnswer, type SystemAnswer } from './answer.ts'
export { askByCommands, askByElectron, type OperatingSystem } from './ask-system.ts'
export { SystemProxies, type SystemProxiesOptions } from './system-proxies.ts'
