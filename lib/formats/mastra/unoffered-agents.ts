import type { RouteGroup } from './route-group.ts'

/** Agents, their memory and tools, workflows, and what speaks other protocols. */
export const AGENT_ROUTES: readonly RouteGroup[] = [
  {
    owner: 'Agent',
    base: '/api',
    routes: `
      GET /agents/:agentId/plans/file readPlan
      GET /agents/:agentId/browser/session browserSession
      POST /agents/:agentId/browser/close closeBrowser
      POST /agents/:agentId/instructions/enhance enhanceInstructions
      POST /agents/:agentId/queue-message queueMessage
      POST /agents/:agentId/signals sendSignal
      POST /agents/:agentId/clone clone
      GET /stored/agents/:agentId/versions listVersions
      POST /stored/agents/:agentId/versions createVersion
      GET /stored/agents/:agentId/versions/:versionId getVersion
      POST /stored/agents/:agentId/versions/:versionId/activate activateVersion
      POST /stored/agents/:agentId/versions/:versionId/restore restoreVersion
      DELETE /stored/agents/:agentId/versions/:versionId deleteVersion
      GET /stored/agents/:agentId/versions/compare compareVersions
      POST /agents/:agentId/generate-legacy generateLegacy
      POST /agents/:agentId/stream-until-idle streamUntilIdle
      POST /agents/:agentId/resume-stream-until-idle resumeStreamUntilIdle
      POST /agents/:agentId/network network
      POST /agents/:agentId/approve-network-tool-call approveNetworkToolCall
      POST /agents/:agentId/decline-network-tool-call declineNetworkToolCall
      POST /agents/:agentId/recover recover
      POST /agents/:agentId/stream-legacy streamLegacy
      POST /agents/:agentId/model updateModel
      POST /agents/:agentId/model/reset resetModel
      POST /agents/:agentId/models/:modelConfigId updateModelInModelList
      POST /agents/:agentId/models/reorder reorderModelList
    `,
  },
  {
    owner: 'AgentVoice',
    base: '/api/agents/:agentId/voice',
    routes: `
      POST /speak speak
      POST /listen listen
      GET /speakers getSpeakers
      GET /listener getListener
    `,
  },
  {
    owner: 'Processor',
    base: '/api/processors/:processorId',
    routes: `
      GET / details
      POST /execute execute
    `,
  },
  {
    owner: 'Vector',
    base: '/api/vector/:vectorName',
    routes: `
      GET /indexes/:indexName details
      DELETE /indexes/:indexName delete
      GET /indexes getIndexes
      POST /create-index createIndex
      POST /upsert upsert
      POST /query query
    `,
  },
  {
    owner: 'ConversationItems',
    base: '/api/v1/conversations/:conversationId/items',
    routes: `
      GET / list
    `,
  },
  {
    owner: 'Conversations',
    base: '/api/v1/conversations',
    routes: `
      POST / create
      GET /:conversationId retrieve
      DELETE /:conversationId delete
    `,
  },
  {
    owner: 'Responses',
    base: '/api/v1/responses',
    routes: `
      POST / create
      GET /:responseId retrieve
      DELETE /:responseId delete
    `,
  },
  {
    owner: 'A2A',
    base: '/api',
    routes: `
      GET /.well-known/:agentId/agent-card.json getAgentCard
      POST /a2a/:agentId getExtendedAgentCard
    `,
  },
  {
    owner: 'MCPTool',
    base: '/api/mcp/:serverId/tools/:toolId',
    routes: `
      GET / details
      POST /execute execute
    `,
  },
  {
    owner: 'Channels',
    base: '/api/channels',
    routes: `
      GET /platforms listPlatforms
      GET /:platform/installations listInstallations
      POST /:platform/connect connect
      POST /:platform/:agentId/disconnect disconnect
    `,
  },
  {
    owner: 'AgentBuilder',
    base: '/api/agent-builder/:actionId',
    routes: `
      POST /create-run createRun
      POST /start-async startAsync
      POST /start startActionRun
      POST /resume resume
      POST /resume-async resumeAsync
      POST /stream stream
      POST /observe observeStream
      POST /observe-stream-legacy observeStreamLegacy
      POST /resume-stream resumeStream
      GET /runs/:runId runById
      GET / details
      GET /runs runs
      POST /runs/:runId/cancel cancelRun
    `,
  },
  {
    owner: 'AgentController',
    base: '/api/agent-controller/:controllerId',
    routes: `
      GET /modes listModes
      GET /models listModels
      GET /active-runs listActiveRuns
      GET /workspace workspaceStatus
    `,
  },
  {
    owner: 'AgentControllerSession',
    base: '/api/agent-controller/:controllerId/sessions',
    routes: `
      POST / create
      GET /:resourceId/stream subscribe
      POST /:resourceId/messages sendMessage
      POST /:resourceId/abort abort
      POST /:resourceId/tool-approval approveTool
      POST /:resourceId/tool-suspension respondToToolSuspension
      POST /:resourceId/steer steer
      GET /:resourceId/state state
      PUT /:resourceId/state setState
      POST /:resourceId/mode switchMode
      POST /:resourceId/model switchModel
      GET /:resourceId/threads listThreads
      POST /:resourceId/thread switchThread
      POST /:resourceId/threads createThread
      DELETE /:resourceId/threads/:threadId deleteThread
      PUT /:resourceId/threads/:threadId renameThread
      POST /:resourceId/threads/clone cloneThread
      GET /:resourceId/threads/:threadId/messages listMessages
      POST /:resourceId/follow-up followUp
      GET /:resourceId/om getOMRecord
      POST /:resourceId/resource setResourceId
      GET /:resourceId/resources getResourceIds
      GET /:resourceId/goal getGoal
      POST /:resourceId/goal setGoal
      PUT /:resourceId/goal updateGoal
      DELETE /:resourceId/goal clearGoal
      GET /:resourceId/permissions getPermissions
      PUT /:resourceId/permissions/category setPermissionForCategory
      PUT /:resourceId/permissions/tool setPermissionForTool
      POST /:resourceId/notifications sendNotification
    `,
  },
]
