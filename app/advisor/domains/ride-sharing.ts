import type { Domain } from '../domain.ts'

export const rideSharing: Domain = {
  id: 'ride-sharing',
  title: 'Ride-sharing',
  named: /\b(?:ride[- ]?(?:shar\w+|hail\w+)|car ?pool\w*|taxis?|cabs?|uber|lyft|rides? app)\b/gi,
  heard: /\b(?:drivers?|riders?|trips?|passengers?|pick-?ups?|fares?|surge)\b/gi,
  considerations: [
    'Real-time GPS: a position every few seconds from each driver, far more writes than reads',
    'Driver matching: nearest free drivers by geohash cell, answered within two seconds, offered to one at a time',
    'Surge pricing: supply and demand counted per cell and minute; a quoted price is kept for the rider',
  ],
  clients: [
    ['Rider app', 'socket'],
    ['Driver app', 'socket'],
    ['Operations console', 'web'],
  ],
  doors: ['web', 'socket'],
  services: [
    {
      id: 'riders',
      name: 'Riders and drivers',
      does: 'Accounts, documents, availability',
      work: 'request',
      store: 'relational',
    },
    {
      id: 'trips',
      name: 'Trips',
      does: 'The life of a ride as a state machine',
      work: 'flow',
      store: 'documents',
    },
    {
      id: 'matching',
      name: 'Driver matching',
      does: 'Offers a trip to the nearest free drivers',
      work: 'event',
      store: 'cache',
    },
    {
      id: 'location',
      name: 'GPS location',
      does: 'Takes positions, indexes them by geohash',
      work: 'stream',
      store: 'cache',
      calls: 'Maps and routing',
      feature: 'tracking',
    },
    {
      id: 'surge',
      name: 'Surge pricing',
      does: 'Price per cell from supply and demand',
      work: 'stream',
      store: 'cache',
    },
  ],
  flows: [
    ['trips', 'trip requested', 'matching'],
    ['matching', 'driver assigned', 'trips'],
    ['location', 'driver moved', 'surge'],
  ],
  features: ['tracking'],
  dataModel: [
    ['Rider', 'profile, payment method, rating'],
    ['Driver', 'licence, vehicle, availability, current geohash'],
    ['Trip', 'pickup, drop-off, state, quoted fare, route'],
    ['Position', 'driver, latitude, longitude, time; kept for days'],
    ['SurgeCell', 'geohash, minute, open requests, free drivers, multiplier'],
  ],
  compliance: [
    'GDPR: location history is personal data, deleted after a stated time',
    'Driver licence and background checks',
  ],
  integrations: ['Maps and routing', 'Push notifications', 'Identity check'],
  traffic: {
    shape: 'spiky',
    says: 'Commute hours, weekend nights and rain give peaks of five times the mean',
    requestsPerUser: 120,
    peak: 5,
    mbPerUser: 4,
  },
}
