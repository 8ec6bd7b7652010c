import type { Door, Store, Work } from './domain.ts'

/** What the parts of an architecture run on. */
export interface Platform {
  readonly id: 'serverless' | 'microservices'
  readonly title: string
  readonly doors: { readonly [door in Door]: string }
  readonly works: { readonly [work in Work]: string }
  readonly stores: { readonly [store in Store]: string }
  readonly bus: string
  readonly stream: string
  readonly sign: string
}

export const SERVERLESS: Platform = {
  id: 'serverless',
  title: 'Serverless, event-driven',
  doors: {
    web: 'API Gateway',
    socket: 'WebSocket API',
    cdn: 'CloudFront',
    mqtt: 'IoT Core',
    connector: 'AppFlow and Transfer Family',
  },
  works: {
    request: 'Lambda',
    event: 'Lambda behind SQS',
    stream: 'Lambda on Kinesis',
    flow: 'Step Functions',
    job: 'Scheduled Lambda',
  },
  stores: {
    documents: 'DynamoDB',
    relational: 'Aurora Serverless',
    cache: 'ElastiCache Serverless',
    search: 'OpenSearch Serverless',
    files: 'S3',
    timeseries: 'Timestream',
    warehouse: 'Athena on S3',
    graph: 'Neptune Serverless',
  },
  bus: 'EventBridge',
  stream: 'Kinesis',
  sign: 'Cognito',
}

export const MICROSERVICES: Platform = {
  id: 'microservices',
  title: 'Microservices on Kubernetes',
  doors: {
    web: 'Ingress and Istio',
    socket: 'Socket gateway',
    cdn: 'CDN',
    mqtt: 'EMQX broker',
    connector: 'Kafka Connect',
  },
  works: {
    request: 'Deployment',
    event: 'Kafka consumer',
    stream: 'Flink job',
    flow: 'Temporal worker',
    job: 'CronJob',
  },
  stores: {
    documents: 'MongoDB',
    relational: 'PostgreSQL',
    cache: 'Redis',
    search: 'OpenSearch',
    files: 'MinIO',
    timeseries: 'TimescaleDB',
    warehouse: 'ClickHouse',
    graph: 'Neo4j',
  },
  bus: 'Kafka',
  stream: 'Kafka',
  sign: 'Keycloak',
}
