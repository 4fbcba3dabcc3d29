/** The handshake, the sealed control connection, tickets and the upgrade: what agent and gateway use of tildegate/1. */
export type { Hello, Refused, Welcome } from '../../shared/protocol/control-json.ts'
export { type ControlFrame, closeCodes, failedCodes } from '../../shared/protocol/frames.ts'
export { type AgentProof, proveAsAgent } from './agent-handshake.ts'
export { CurveQueue } from './curve-queue.ts'
export { type GatewayProof, type ProvenAgent, proveAsGateway } from './gateway-handshake.ts'
export { type ChannelHandlers, SealedChannel } from './sealed-channel.ts'
export {
  innerProof,
  makeTicket,
  type Presentation,
  presentedTicket,
  resumeProof,
  type Ticket,
  ticketHeader,
  ticketMatches,
} from './tickets.ts'
export { upgradeToTildegate } from './upgrade.ts'
export type { UpgradeRequest } from './upgrade-request.ts'
export { halfCloseHeader, WebSocketCarrier, webSocketLimits, webSocketProtocol } from './websocket-carrier.ts'
export { upgradeToWebSocket } from './websocket-upgrade.ts'
