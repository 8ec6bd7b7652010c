import type { Domain } from '../domain.ts'

export const iot: Domain = {
  id: 'iot',
  title: 'IoT',
  named:
    /\b(?:iot|internet of things|smart[- ](?:home|meter|city|factory|building|farm)\w*|sensors?|connected (?:devices?|cars?|vehicles?)|industrial monitoring)\b/gi,
  heard: /\b(?:devices?|telemetry|firmware|mqtt|gateways?|meters?|thermostats?|machines?|wearables?)\b/gi,
  considerations: [
    'Device management: an identity certificate per device, a shadow of its state, firmware in waves that can be halted',
    'Telemetry: small messages without end, batched at the gateway, kept raw for weeks and rolled up for years',
    'Edge processing: filters and alarms run at the gateway, so that a site works through a lost connection',
  ],
  clients: [
    ['Devices', 'mqtt'],
    ['Edge gateway', 'mqtt'],
    ['Operator dashboard', 'web'],
  ],
  doors: ['mqtt', 'web'],
  services: [
    {
      id: 'registry',
      name: 'Device registry',
      does: 'Identities, certificates, groups',
      work: 'request',
      store: 'documents',
    },
    {
      id: 'shadow',
      name: 'Device shadow',
      does: 'Wanted and reported state',
      work: 'stream',
      store: 'cache',
    },
    {
      id: 'telemetry',
      name: 'Telemetry ingest',
      does: 'Decodes, checks and stores readings',
      work: 'stream',
      store: 'timeseries',
    },
    {
      id: 'rules',
      name: 'Alarm rules',
      does: 'Thresholds and missing heartbeats',
      work: 'stream',
      store: 'cache',
    },
    {
      id: 'firmware',
      name: 'Firmware updates',
      does: 'Signed images in waves, halted on failures',
      work: 'flow',
      store: 'files',
    },
    { id: 'rollup', name: 'Roll-ups', does: 'Minutes to hours to days', work: 'job', store: 'warehouse' },
    {
      id: 'edge-runtime',
      name: 'Edge runtime',
      does: 'Runs filters at the site, buffers offline',
      work: 'event',
      store: 'files',
    },
  ],
  flows: [
    ['telemetry', 'reading stored', 'rules'],
    ['registry', 'device enrolled', 'edge-runtime'],
    ['firmware', 'image released', 'edge-runtime'],
  ],
  features: ['dashboards', 'notifications'],
  dataModel: [
    ['Device', 'certificate, model, firmware, group, last seen'],
    ['Shadow', 'wanted, reported, version'],
    ['Reading', 'device, metric, value, time; partitioned by day'],
    ['Rule', 'metric, threshold, window, whom to tell'],
    ['FirmwareWave', 'image, signature, share of devices, failures'],
  ],
  compliance: [
    'ETSI EN 303 645 and the Cyber Resilience Act: no shared passwords, signed updates',
    'Data Act: the owner may have the data of a device',
  ],
  integrations: ['Mobile network (SIM management)', 'Certificate authority', 'Maintenance ticketing'],
  traffic: {
    shape: 'steady',
    says: 'A flat stream day and night, with a storm when a site comes back online',
    requestsPerUser: 1440,
    peak: 1.5,
    mbPerUser: 30,
  },
}
