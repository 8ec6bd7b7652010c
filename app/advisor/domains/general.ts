import type { Domain } from '../domain.ts'

/** For what none of the known domains fits: a plain web app, and it is said that it is one. */
export const general: Domain = {
  id: 'general',
  title: 'General web app',
  named: /(?!)/g,
  heard: /(?!)/g,
  considerations: [
    'No known domain was recognised: this is the shape of a plain web app, to be corrected by what is special in yours',
    'Name the one thing that must never be lost or done twice: it decides where transactions are needed',
  ],
  clients: [
    ['Web app', 'cdn'],
    ['Mobile app', 'web'],
    ['Admin console', 'web'],
  ],
  doors: ['cdn', 'web'],
  services: [
    {
      id: 'core',
      name: 'Core service',
      does: 'The main records and their rules',
      work: 'request',
      store: 'relational',
    },
    {
      id: 'background',
      name: 'Background work',
      does: 'All that nobody waits for',
      work: 'event',
      store: 'documents',
    },
    {
      id: 'admin',
      name: 'Administration',
      does: 'Back office and support',
      work: 'request',
      store: 'relational',
    },
  ],
  flows: [['core', 'record changed', 'background']],
  features: [],
  dataModel: [
    ['User', 'identity, role, settings'],
    ['Record', 'owner, state, fields of your domain'],
    ['Job', 'kind, payload, tries, outcome'],
  ],
  compliance: ['GDPR: purpose, retention, export and erasure'],
  integrations: ['Email delivery'],
  traffic: {
    shape: 'spiky',
    says: 'Unknown: working hours with peaks of four times the mean are assumed',
    requestsPerUser: 40,
    peak: 4,
    mbPerUser: 5,
  },
}
