import type { RouteGroup } from './route-group.ts'

/** What Mastra's own studio and platform call: stored definitions, observability, workspaces. */
export const STUDIO_ROUTES: readonly RouteGroup[] = [
  {
    owner: 'Observability',
    base: '/api/observability',
    routes: `
      GET /traces/:traceId getTrace
      GET /traces/:traceId/light getTraceLight
      GET /traces/:traceId/spans/:spanId getSpan
      GET /traces/:traceId/trajectory getTraceTrajectory
      GET /traces getTraces
      POST /traces/query queryTraces
      POST /traces/query/fields getTraceQueryFields
      POST /traces/query/values getTraceQueryValues
      POST /threads/query queryTraceThreads
      GET /traces/light listTracesLight
      GET /branches listBranches
      GET /traces/:traceId/branches/:spanId getBranch
      GET /traces/:traceId/:spanId/scores listScoresBySpan
      POST /traces/score score
      POST /traces/delete deleteTraces
      GET /logs listLogs
      GET /scores listScores
      POST /scores createScore
      DELETE /scores deleteScores
      POST /scores/aggregate getScoreAggregate
      POST /scores/breakdown getScoreBreakdown
      POST /scores/timeseries getScoreTimeSeries
      POST /scores/percentiles getScorePercentiles
      GET /feedback listFeedback
      POST /feedback createFeedback
      PATCH /feedback/:feedbackId/review-status updateFeedbackReviewStatus
      DELETE /feedback deleteFeedback
      POST /feedback/aggregate getFeedbackAggregate
      POST /feedback/breakdown getFeedbackBreakdown
      POST /feedback/timeseries getFeedbackTimeSeries
      POST /feedback/percentiles getFeedbackPercentiles
      POST /metrics/aggregate getMetricAggregate
      POST /metrics/breakdown getMetricBreakdown
      POST /metrics/timeseries getMetricTimeSeries
      POST /metrics/percentiles getMetricPercentiles
      GET /discovery/metric-names getMetricNames
      GET /discovery/metric-label-keys getMetricLabelKeys
      GET /discovery/metric-label-values getMetricLabelValues
      GET /discovery/entity-types getEntityTypes
      GET /discovery/entity-names getEntityNames
      GET /discovery/service-names getServiceNames
      GET /discovery/environments getEnvironments
      GET /discovery/tags getTags
    `,
  },
  {
    owner: 'StoredAgent',
    base: '/api/stored/agents/:storedAgentId',
    routes: `
      GET / details
      PATCH / update
      POST /export export
      POST /change-request openChangeRequest
      DELETE / delete
      GET /dependents dependents
      PUT /favorite favorite
      DELETE /favorite unfavorite
    `,
  },
  {
    owner: 'DynamicWorkflow',
    base: '/api/stored/workflows/:dynamicWorkflowId',
    routes: `
      GET / details
      DELETE / delete
    `,
  },
  {
    owner: 'StoredPromptBlock',
    base: '/api/stored/prompt-blocks/:storedPromptBlockId',
    routes: `
      GET / details
      PATCH / update
      DELETE / delete
      GET /versions listVersions
      POST /versions createVersion
      GET /versions/:versionId getVersion
      POST /versions/:versionId/activate activateVersion
      POST /versions/:versionId/restore restoreVersion
      DELETE /versions/:versionId deleteVersion
      GET /versions/compare compareVersions
    `,
  },
  {
    owner: 'StoredMCPClient',
    base: '/api/stored/mcp-clients/:storedMCPClientId',
    routes: `
      GET / details
      PATCH / update
      DELETE / delete
    `,
  },
  {
    owner: 'StoredScorer',
    base: '/api/stored/scorers/:storedScorerId',
    routes: `
      GET / details
      PATCH / update
      DELETE / delete
      GET /versions listVersions
      POST /versions createVersion
      GET /versions/:versionId getVersion
      POST /versions/:versionId/activate activateVersion
      POST /versions/:versionId/restore restoreVersion
      DELETE /versions/:versionId deleteVersion
      GET /versions/compare compareVersions
    `,
  },
  {
    owner: 'ToolProvider',
    base: '/api/tool-providers/:providerId',
    routes: `
      GET /toolkits listToolkits
      GET /tools listTools
      GET /tools/:toolSlug/schema getToolSchema
      POST /authorize authorize
      GET /auth-status/:authId getAuthStatus
      POST /connection-status getConnectionStatus
      GET /connections listConnections
      GET /connection-fields listConnectionFields
      DELETE /connections/:connectionId disconnectConnection
      PATCH /connections/:connectionId updateConnection
      GET /connections/:connectionId/usage getConnectionUsage
      GET /health getHealth
    `,
  },
  {
    owner: 'ProcessorProvider',
    base: '/api/processor-providers/:providerId',
    routes: `
      GET / details
    `,
  },
  {
    owner: 'WorkspaceSkillResource',
    base: '/api/workspaces/:workspaceId/skills/:skillName',
    routes: `
      GET / details
      GET /references listReferences
      GET /references/:referencePath getReference
    `,
  },
  {
    owner: 'Workspace',
    base: '/api/workspaces/:workspaceId',
    routes: `
      GET / info
      GET /fs/read readFile
      POST /fs/write writeFile
      GET /fs/list listFiles
      DELETE /fs/delete delete
      POST /fs/mkdir mkdir
      GET /fs/stat stat
      GET /search search
      POST /index index
      GET /skills listSkills
      GET /skills/search searchSkills
    `,
  },
  {
    owner: 'StoredSkill',
    base: '/api/stored/skills/:storedSkillId',
    routes: `
      GET / details
      PATCH / update
      DELETE / delete
      PUT /favorite favorite
      DELETE /favorite unfavorite
    `,
  },
  {
    owner: 'MastraClient',
    base: '/api',
    routes: `
      GET /agent-controller listAgentControllers
      GET /memory/network/threads/:threadId/messages listThreadMessages
      DELETE /memory/network/threads/:threadId deleteThread
      GET /memory/observational-memory getObservationalMemory
      POST /memory/observational-memory/buffer-status awaitBufferStatus
      GET /processors listProcessors
      GET /agent-builder getAgentBuilderActions
      GET /logs listLogs
      GET /logs/:runId getLogForRun
      GET /logs/transports listLogTransports
      GET /mcp/v0/servers getMcpServers
      GET /mcp/v0/servers/:serverId getMcpServerDetails
      GET /mcp/:serverId/tools getMcpServerTools
      GET /mcp/:serverId/resources getMcpServerResources
      POST /mcp/:serverId/resources/read readMcpServerResource
      GET /scores/scorers listScorers
      GET /scores/scorers/:scorerId getScorer
      GET /scores/scorer/:scorerId listScoresByScorerId
      GET /scores/run/:runId listScoresByRunId
      GET /scores/entity/:entityType/:entityId listScoresByEntityId
      POST /scores saveScore
      GET /stored/agents listStoredAgents
      POST /stored/agents createStoredAgent
      GET /stored/workflows listDynamicWorkflows
      POST /stored/workflows upsertDynamicWorkflow
      GET /editor/workflow-builder/settings getWorkflowBuilderSettings
      GET /stored/prompt-blocks listStoredPromptBlocks
      POST /stored/prompt-blocks createStoredPromptBlock
      GET /stored/scorers listStoredScorers
      POST /stored/scorers createStoredScorer
      GET /stored/mcp-clients listStoredMCPClients
      POST /stored/mcp-clients createStoredMCPClient
      GET /stored/skills listStoredSkills
      POST /stored/skills createStoredSkill
      GET /tool-providers listToolProviders
      GET /processor-providers getProcessorProviders
      GET /system/packages getSystemPackages
      GET /editor/builder/settings getBuilderSettings
      GET /editor/builder/models/available getBuilderAvailableModels
      GET /auth/permission-patterns getPermissionPatterns
      GET /editor/builder/infrastructure getInfrastructureStatus
      GET /editor/builder/registries listBuilderRegistries
      GET /editor/builder/registries/:registryId/search searchBuilderRegistry
      GET /editor/builder/registries/:registryId/popular getBuilderRegistryPopular
      GET /editor/builder/registries/:registryId/preview getBuilderRegistryPreview
      POST /editor/builder/registries/:registryId/install installBuilderRegistrySkill
      GET /workspaces listWorkspaces
      GET /stored/workspaces listStoredWorkspaces
      GET /stored/workspaces/:id getStoredWorkspace
      GET /vectors listVectors
      GET /embedders listEmbedders
      GET /datasets listDatasets
      GET /datasets/:datasetId getDataset
      POST /datasets createDataset
      PATCH /datasets/:datasetId updateDataset
      DELETE /datasets/:datasetId deleteDataset
      GET /datasets/:datasetId/items listDatasetItems
      GET /datasets/:datasetId/items/:itemId getDatasetItem
      POST /datasets/:datasetId/items addDatasetItem
      PATCH /datasets/:datasetId/items/:itemId updateDatasetItem
      DELETE /datasets/:datasetId/items/:itemId deleteDatasetItem
      DELETE /datasets/:datasetId/items/:itemId/purge purgeDatasetItem
      POST /datasets/:datasetId/items/batch batchInsertDatasetItems
      DELETE /datasets/:datasetId/items/batch batchDeleteDatasetItems
      POST /datasets/:datasetId/generate-items generateDatasetItems
      POST /datasets/cluster-failures clusterFailures
      GET /datasets/:datasetId/items/:itemId/history getItemHistory
      GET /datasets/:datasetId/items/:itemId/versions/:datasetVersion getDatasetItemVersion
      GET /datasets/:datasetId/versions listDatasetVersions
      GET /experiments listExperiments
      GET /experiments/review-summary getExperimentReviewSummary
      GET /datasets/:datasetId/experiments listDatasetExperiments
      GET /datasets/:datasetId/experiments/:experimentId getDatasetExperiment
      DELETE /datasets/:datasetId/experiments/:experimentId deleteDatasetExperiment
      DELETE /experiments/:experimentId deleteExperiment
      PATCH /datasets/:datasetId/experiments/:experimentId updateDatasetExperiment
      GET /datasets/:datasetId/experiments/:experimentId/results listDatasetExperimentResults
      PATCH /datasets/:datasetId/experiments/:experimentId/results/:resultId updateDatasetExperimentResult
      POST /datasets/:datasetId/experiments triggerDatasetExperiment
      POST /datasets/:datasetId/experiments/:experimentId/items/:itemId/run runExperimentItem
      POST /datasets/:datasetId/experiments/:experimentId/results submitExperimentResult
      POST /datasets/:datasetId/experiments/:experimentId/finalize finalizeExperiment
      POST /datasets/:datasetId/compare compareExperiments
      GET /background-tasks listBackgroundTasks
      GET /background-tasks/:backgroundTaskId getBackgroundTask
      GET /background-tasks/stream streamBackgroundTasks
    `,
  },
]
