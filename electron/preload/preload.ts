/** The one thing that a window gets besides the web's own: the contract. Runs in the sandbox, in a world of its own. */
import { contextBridge, ipcRenderer } from 'electron'
import { appContract, bridgeName } from '../../shared/ipc/app-contract.ts'
import { bridgeOf } from '../../shared/ipc/bridge.ts'

contextBridge.exposeInMainWorld(bridgeName, bridgeOf(appContract, ipcRenderer))
