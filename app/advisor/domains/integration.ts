import type { Domain } from '../domain.ts'

export const integration: Domain = {
  id: 'integration',
  title: 'Integration/EIP',
  named:
    /\b(?:(?:enterprise|system|data|api|b2b|saas|erp) integrations?|integration (?:platform|hub|layer)|eip|ipaas|esb|message broker|middleware|edi|etl hub)\b/gi,
  heard:
    /\b(?:integrat\w+|connectors?|webhooks?|routing|transform\w*|orchestrat\w+|legacy|erp|crm|sap|salesforce|sync\w*)\b/gi,
  considerations: [
    'Message routing: by content and by version, with a dead-letter queue for each route and a way to replay',
    'Transformation: one canonical model in the middle, so that each system is mapped once and not to every other',
    'Orchestration: long flows with compensation; each step idempotent by message id',
  ],
  clients: [
    ['Source systems', 'connector'],
    ['Partner systems', 'connector'],
    ['Integration console', 'web'],
  ],
  doors: ['connector', 'web'],
  services: [
    {
      id: 'connectors',
      name: 'Connectors',
      does: 'Files, queues, APIs and EDI in and out',
      work: 'event',
      store: 'files',
      calls: 'ERP and CRM systems',
    },
    {
      id: 'router',
      name: 'Content-based router',
      does: 'Chooses the route by type and content',
      work: 'event',
      store: 'cache',
    },
    {
      id: 'transformer',
      name: 'Message transformation',
      does: 'Maps to and from the canonical model',
      work: 'event',
      store: 'documents',
    },
    {
      id: 'orchestrator',
      name: 'Orchestration',
      does: 'Long flows, timeouts, compensation',
      work: 'flow',
      store: 'relational',
    },
    {
      id: 'schemas',
      name: 'Schema registry',
      does: 'Versions, and what may follow what',
      work: 'request',
      store: 'relational',
    },
    {
      id: 'dead-letters',
      name: 'Dead letters and replay',
      does: 'Keeps what failed, sends it again',
      work: 'job',
      store: 'files',
    },
  ],
  flows: [
    ['connectors', 'message received', 'router'],
    ['router', 'message routed', 'transformer'],
    ['transformer', 'canonical message', 'orchestrator'],
    ['orchestrator', 'message failed', 'dead-letters'],
  ],
  features: ['audit-log'],
  dataModel: [
    ['Message', 'id, correlation id, type, version, payload reference'],
    ['Route', 'predicate, target, retry policy'],
    ['Mapping', 'from schema, to schema, version, script'],
    ['FlowInstance', 'definition, step, compensations'],
    ['DeadLetter', 'message, route, error, tries'],
  ],
  compliance: [
    'SOC 2: who changed which route',
    'Contracts with partners on delivery and retention',
    'Data residency follows the strictest system joined',
  ],
  integrations: ['ERP and CRM systems', 'Partner EDI network', 'Managed file transfer'],
  traffic: {
    shape: 'spiky',
    says: 'Nightly batches and month ends in bursts, a trickle of events by day',
    requestsPerUser: 200,
    peak: 8,
    mbPerUser: 15,
  },
}
