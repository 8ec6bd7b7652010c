import type { Domain } from '../domain.ts'

export const analytics: Domain = {
  id: 'analytics',
  title: 'Analytics',
  named:
    /\b(?:(?:product|web|business|real-?time|marketing|data|event)[- ]analytics|analytics (?:platform|app|tool|product|dashboard)|business intelligence|bi (?:tool|platform)|data (?:pipelines?|warehouse|lake|platform)|clickstream)\b/gi,
  heard:
    /\b(?:analytics|dashboards?|reports?|metrics|kpis?|aggregat\w+|events|charts?|insights?|pipelines?)\b/gi,
  considerations: [
    'Data pipelines: raw events are kept for ever, every table can be built again from them; late events are welcome',
    'Dashboards: answered from roll-ups within a second, with the age of the data shown',
    'Aggregation: counts by minute, hour and day; distinct counts by sketches, not by lists',
  ],
  clients: [
    ['Event SDKs', 'web'],
    ['Analyst workbench', 'web'],
    ['Dashboards', 'cdn'],
  ],
  doors: ['web', 'cdn'],
  services: [
    {
      id: 'collector',
      name: 'Event collector',
      does: 'Takes batches, checks the schema, answers at once',
      work: 'stream',
      store: 'files',
    },
    {
      id: 'pipeline',
      name: 'Data pipeline',
      does: 'Cleans, joins, removes duplicates',
      work: 'stream',
      store: 'warehouse',
    },
    {
      id: 'aggregator',
      name: 'Aggregation',
      does: 'Roll-ups and sketches by minute, hour, day',
      work: 'stream',
      store: 'timeseries',
    },
    {
      id: 'query',
      name: 'Query API',
      does: 'SQL with limits, cached by data version',
      work: 'request',
      store: 'warehouse',
    },
    {
      id: 'boards',
      name: 'Dashboards',
      does: 'Saved charts, filters, sharing',
      work: 'request',
      store: 'relational',
      feature: 'dashboards',
    },
    {
      id: 'backfill',
      name: 'Backfill',
      does: 'Builds tables again from raw events',
      work: 'job',
      store: 'warehouse',
    },
    {
      id: 'lineage',
      name: 'Catalog and lineage',
      does: 'What a table holds and where it is from',
      work: 'event',
      store: 'graph',
    },
  ],
  flows: [
    ['collector', 'batch accepted', 'pipeline'],
    ['pipeline', 'rows loaded', 'aggregator'],
    ['pipeline', 'table changed', 'lineage'],
  ],
  features: ['dashboards'],
  dataModel: [
    ['Event', 'name, actor, time, properties; append-only, by day'],
    ['Rollup', 'metric, dimensions, window, value, sketch'],
    ['Dashboard', 'charts, filters, owner, shares'],
    ['Dataset', 'schema version, owner, lineage, retention'],
  ],
  compliance: [
    'GDPR and ePrivacy: consent before tracking, erasure that reaches raw files',
    'SOC 2 for customers’ data',
  ],
  integrations: ['Source databases (change capture)', 'Warehouse exports', 'Alerting and chat tools'],
  traffic: {
    shape: 'steady',
    says: 'Ingest is steady and huge, queries are few and heavy, most of them in the morning',
    requestsPerUser: 300,
    peak: 2.5,
    mbPerUser: 60,
  },
}
