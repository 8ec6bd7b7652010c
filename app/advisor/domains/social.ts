import type { Domain } from '../domain.ts'

export const social: Domain = {
  id: 'social',
  title: 'Social/Messaging',
  named:
    /\b(?:social(?: media| network\w*)?|messag(?:ing|er)(?: app)?|chat app|group chats?|dating|instagram|twitter|whatsapp|community app|forums?)\b/gi,
  heard: /\b(?:feeds?|posts?|followers?|friends|likes?|comments?|presence|dms?|stories|chats?)\b/gi,
  considerations: [
    'Real-time feeds: written to followers when posted, but read on demand for those with very many',
    'Notifications: grouped and limited by person, so that a popular post is one notice and not a thousand',
    'Presence: heartbeats with a short life in memory, told only to those who look',
  ],
  clients: [
    ['Mobile app', 'socket'],
    ['Web app', 'cdn'],
    ['Moderation console', 'web'],
  ],
  doors: ['cdn', 'web', 'socket'],
  services: [
    {
      id: 'profiles',
      name: 'Profiles and follows',
      does: 'Who follows, blocks and mutes whom',
      work: 'request',
      store: 'graph',
    },
    { id: 'posts', name: 'Posts', does: 'Posts, replies, likes', work: 'request', store: 'documents' },
    {
      id: 'fan-out',
      name: 'Feed fan-out',
      does: 'Puts a post in the feeds of followers',
      work: 'event',
      store: 'cache',
    },
    {
      id: 'conversations',
      name: 'Conversations',
      does: 'Direct and group messages, in order',
      work: 'request',
      store: 'documents',
      feature: 'chat',
    },
    { id: 'presence', name: 'Presence', does: 'Who is here, who is typing', work: 'stream', store: 'cache' },
    {
      id: 'moderation',
      name: 'Moderation',
      does: 'Classifies posts, queues for people',
      work: 'event',
      store: 'documents',
    },
  ],
  flows: [
    ['posts', 'post published', 'fan-out'],
    ['posts', 'post to check', 'moderation'],
    ['conversations', 'message sent', 'presence'],
  ],
  features: ['chat', 'notifications', 'uploads'],
  dataModel: [
    ['Profile', 'handle, name, picture, privacy'],
    ['Follow', 'from, to, since; both directions indexed'],
    ['Post', 'author, text, media, counters'],
    ['FeedEntry', 'reader, post, rank; trimmed to the newest'],
    ['Message', 'conversation, sequence number, sender, text'],
  ],
  compliance: [
    'Digital Services Act: reports, reasons, appeals',
    'COPPA and age checks',
    'GDPR: export and erasure reach all copies',
  ],
  integrations: ['Push notifications', 'Content moderation', 'Social sign-in'],
  traffic: {
    shape: 'spiky',
    says: 'Evenings, and sudden storms around one post; a hundred reads to a write',
    requestsPerUser: 150,
    peak: 4,
    mbPerUser: 50,
  },
}
