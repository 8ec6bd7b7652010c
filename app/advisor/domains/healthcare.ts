import type { Domain } from '../domain.ts'

export const healthcare: Domain = {
  id: 'healthcare',
  title: 'Healthcare',
  named:
    /\b(?:health ?care|tele-?(?:medicine|health)|hospitals?|clinics?|medical|patients?|ehr|emr|pharmac\w+)\b/gi,
  heard:
    /\b(?:health|doctors?|physicians?|nurses?|appointments?|prescriptions?|diagnos\w+|hipaa|therap\w+|lab results?)\b/gi,
  considerations: [
    'HIPAA compliance: a signed agreement with each vendor, access by least need, every read of a record in an audit trail',
    'Patient data security: encrypted with a key per tenant, consent checked on each read, no health data in logs',
    'Clinical records speak FHIR, so that hospitals can be joined without a new format each time',
  ],
  clients: [
    ['Patient app', 'web'],
    ['Clinician portal', 'web'],
    ['Clinic front desk', 'web'],
  ],
  doors: ['web'],
  services: [
    {
      id: 'patients',
      name: 'Patient records',
      does: 'Clinical data as FHIR resources',
      work: 'request',
      store: 'documents',
      calls: 'Hospital EHR (FHIR)',
    },
    {
      id: 'consent',
      name: 'Consent and access',
      does: 'Who may see what of whom, and why',
      work: 'request',
      store: 'relational',
    },
    {
      id: 'appointments',
      name: 'Appointments',
      does: 'Slots, reminders, waiting list',
      work: 'request',
      store: 'relational',
      feature: 'booking',
    },
    {
      id: 'prescriptions',
      name: 'Prescriptions',
      does: 'Orders and interaction checks',
      work: 'flow',
      store: 'relational',
      calls: 'Pharmacy network',
    },
    {
      id: 'audit',
      name: 'Access audit trail',
      does: 'Each read and write of a record, unchangeable',
      work: 'event',
      store: 'files',
      feature: 'audit-log',
    },
    {
      id: 'phi-vault',
      name: 'Identity vault',
      does: 'Keeps names apart from clinical data',
      work: 'request',
      store: 'relational',
    },
  ],
  flows: [
    ['patients', 'record read', 'audit'],
    ['prescriptions', 'prescription signed', 'audit'],
    ['appointments', 'visit booked', 'patients'],
  ],
  features: ['audit-log', 'booking'],
  dataModel: [
    ['Patient', 'FHIR Patient; identity in the vault, by token'],
    ['Encounter', 'visit, clinician, notes, diagnoses'],
    ['Observation', 'measurement or lab result, time, device'],
    ['Consent', 'patient, party, scope, until when'],
    ['AuditEvent', 'who, which record, purpose, time; append-only'],
  ],
  compliance: [
    'HIPAA privacy and security rules, with business associate agreements',
    'HITRUST or SOC 2 Type II',
    'GDPR article 9 for European patients',
  ],
  integrations: ['Hospital EHR (FHIR)', 'Pharmacy network', 'Insurance eligibility', 'Lab systems (HL7)'],
  traffic: {
    shape: 'steady',
    says: 'Clinic hours on working days, quiet nights; correctness before speed',
    requestsPerUser: 20,
    peak: 3,
    mbPerUser: 20,
  },
}
