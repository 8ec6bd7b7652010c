import type { Domain } from '../domain.ts'

export const streaming: Domain = {
  id: 'streaming',
  title: 'Streaming',
  named:
    /\b(?:(?:video|music|audio|media|movie|live)[- ]stream\w*|streaming (?:service|platform|app)|vod|ott|netflix|spotify|twitch|podcasts?)\b/gi,
  heard:
    /\b(?:stream(?:s|ing)?|videos?|movies?|shows|viewers?|playlists?|episodes?|drm|bitrate|cdn|watch(?:ing)?|listeners?)\b/gi,
  considerations: [
    'CDN: over 95% of the bytes leave from the edge; origin shields keep a premiere from reaching the store',
    'Adaptive bitrate: each title in six to eight renditions, HLS and DASH from one set of segments',
    'DRM: licences by device and territory from Widevine, FairPlay and PlayReady, keys rotated by title',
  ],
  clients: [
    ['TV app', 'cdn'],
    ['Mobile app', 'cdn'],
    ['Web player', 'cdn'],
    ['Studio upload', 'web'],
  ],
  doors: ['cdn', 'web'],
  services: [
    {
      id: 'titles',
      name: 'Title catalog',
      does: 'Titles, rights by territory and date',
      work: 'request',
      store: 'documents',
    },
    {
      id: 'ingest',
      name: 'Media ingest',
      does: 'Takes masters in, checks them',
      work: 'event',
      store: 'files',
    },
    {
      id: 'transcode',
      name: 'Transcoding ladder',
      does: 'Makes renditions and segments',
      work: 'flow',
      store: 'files',
    },
    {
      id: 'playback',
      name: 'Playback sessions',
      does: 'Manifests, concurrent streams, resume points',
      work: 'request',
      store: 'cache',
    },
    {
      id: 'drm',
      name: 'DRM licences',
      does: 'Keys by device, territory and plan',
      work: 'request',
      store: 'relational',
      calls: 'DRM provider',
    },
    {
      id: 'quality',
      name: 'Quality of experience',
      does: 'Stalls, bitrate, start time by network',
      work: 'stream',
      store: 'timeseries',
    },
  ],
  flows: [
    ['ingest', 'master checked', 'transcode'],
    ['transcode', 'title ready', 'titles'],
    ['playback', 'stream stalled', 'quality'],
  ],
  features: ['recommendations', 'subscriptions'],
  dataModel: [
    ['Title', 'metadata, seasons, rights windows'],
    ['Rendition', 'codec, bitrate, segments, key id'],
    ['PlaybackSession', 'viewer, device, position, started'],
    ['Licence', 'title, device, territory, expiry'],
  ],
  compliance: [
    'Content rights by territory; studios audit the DRM',
    'Accessibility: captions and audio description',
    'GDPR and VPPA: viewing history is private',
  ],
  integrations: ['DRM provider', 'Content delivery network', 'App store billing'],
  traffic: {
    shape: 'spiky',
    says: 'Prime time is five times the morning, a premiere ten; bandwidth outweighs requests',
    requestsPerUser: 60,
    peak: 5,
    mbPerUser: 40,
  },
}
